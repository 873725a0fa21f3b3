import type { Settings } from '../../settings';
import type { NamedResource } from '../registry';

export type ConsumableType = 'REPLENISHABLE' | 'NON_REPLENISHABLE';

export interface Quantities {
  readonly total: number;
  readonly inUse: number;
}

/** Something other than machines that jobs need to run: licences, connections, starts in a period. */
export class ConsumableResource implements NamedResource {
  /** What is shown, the newest last: it may lag. */
  private shown: (Quantities & { readonly at: number })[] = [];
  private total: number;
  private inUse = 0;
  /** Nothing of a deleted resource can be had any more. */
  deleted = false;

  constructor(
    readonly name: string,
    readonly arn: string,
    readonly sequence: number,
    readonly type: ConsumableType,
    readonly createdAt: number,
    public tags: Record<string, string>,
    total: number,
    private readonly now: () => number,
    private readonly settings: Pick<Settings, 'consumableLagSeconds' | 'nonReplenishableSet'>,
  ) {
    this.total = total;
    this.shown = [{ total, inUse: 0, at: createdAt - settings.consumableLagSeconds * 1000 }];
  }

  get available(): number {
    return this.deleted ? 0 : this.total - this.inUse;
  }

  take(quantity: number): void {
    this.inUse += quantity;
    this.show();
  }

  /** What a job held: it comes back, unless it is used up. */
  giveBack(quantity: number): void {
    this.inUse -= quantity;
    if (this.type === 'NON_REPLENISHABLE') this.total -= quantity;
    this.show();
  }

  set(quantity: number): void {
    const setsRest = this.type === 'NON_REPLENISHABLE' && this.settings.nonReplenishableSet === 'available';
    this.total = setsRest ? quantity + this.inUse : quantity;
    this.show();
  }

  /** @returns false when so much is not there. */
  change(by: number): boolean {
    if (this.total + by < 0) return false;
    this.total += by;
    this.show();
    return true;
  }

  quantities(): Quantities {
    const until = this.now() - this.settings.consumableLagSeconds * 1000;
    let latest = 0;
    while (latest + 1 < this.shown.length && this.shown[latest + 1]!.at <= until) latest++;
    if (latest > 0) this.shown = this.shown.slice(latest);
    return this.shown[0]!;
  }

  private show(): void {
    const now = { total: this.total, inUse: this.inUse, at: this.now() };
    this.quantities();
    if (this.shown.at(-1)!.at === now.at) this.shown.pop();
    this.shown.push(now);
  }
}

/** How much of it a job needs. */
export interface ConsumableClaim {
  readonly resource: ConsumableResource;
  readonly quantity: number;
}
