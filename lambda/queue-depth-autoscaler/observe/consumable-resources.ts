import { type BatchClient, DescribeConsumableResourceCommand } from '@aws-sdk/client-batch';

/** How many there are left to take, by the name or ARN that jobs use. */
export type Availability = ReadonlyMap<string, number>;

/** What is known of consumable resources, by the names or ARNs that jobs use. */
export interface ConsumableReading {
  readonly availability: Availability;
  /** How many there are in all. */
  readonly totals: ReadonlyMap<string, number>;
  /** How many jobs hold. */
  readonly inUse: ReadonlyMap<string, number>;
  readonly errors: readonly unknown[];
}

/** A resource that cannot be read is left out: it counts as used up, so that nothing is launched on a guess. */
export async function readConsumables(batch: BatchClient, names: readonly string[]): Promise<ConsumableReading> {
  const errors: unknown[] = [];
  const availability = new Map<string, number>();
  const totals = new Map<string, number>();
  const inUse = new Map<string, number>();
  await Promise.all(
    names.map(async (consumableResource) => {
      try {
        const answer = await batch.send(new DescribeConsumableResourceCommand({ consumableResource }));
        availability.set(consumableResource, answer.availableQuantity ?? 0);
        totals.set(consumableResource, answer.totalQuantity ?? 0);
        inUse.set(consumableResource, answer.inUseQuantity ?? 0);
      } catch (error) {
        errors.push(error);
      }
    }),
  );
  return { availability, totals, inUse, errors };
}
