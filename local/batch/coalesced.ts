import type { SimulationClock } from '../simulation/clock';

/** Something that is done once at an instant, after what goes on now, however often it is asked for. */
export class Coalesced {
  private requested = false;

  constructor(
    private readonly clock: SimulationClock,
    private readonly action: () => void,
  ) {}

  request(): void {
    if (this.requested) return;
    this.requested = true;
    this.clock.after(0, () => {
      this.requested = false;
      this.action();
    });
  }
}
