import type { SimulationClock } from './simulation/clock';
import type { Random } from './simulation/random';
import type { Settings } from './settings';

/** What every service of the local AWS shares. */
export interface World {
  readonly clock: SimulationClock;
  readonly random: Random;
  readonly settings: Settings;
  readonly accountId: string;
  readonly region: string;
  readonly events: EventSink;
}

/** Where services put the events that AWS publishes about them: the default event bus. */
export interface EventSink {
  publish(event: { source: string; detailType: string; resources: string[]; detail: object }): void;
}

export function arn(world: Pick<World, 'accountId' | 'region'>, service: string, resource: string): string {
  return `arn:aws:${service}:${world.region}:${world.accountId}:${resource}`;
}
