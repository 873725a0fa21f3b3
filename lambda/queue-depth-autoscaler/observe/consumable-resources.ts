import { type BatchClient, DescribeConsumableResourceCommand } from '@aws-sdk/client-batch';
import type { Token } from './job-shapes';

/** How many there are left to take, by the name or ARN that jobs use. */
export type Availability = ReadonlyMap<string, number>;

/** A resource that cannot be read is left out: it counts as used up, so that nothing is launched on a guess. */
export async function readAvailability(
  batch: BatchClient,
  names: readonly string[],
): Promise<{ availability: Availability; totals: ReadonlyMap<string, number>; errors: unknown[] }> {
  const errors: unknown[] = [];
  const availability = new Map<string, number>();
  const totals = new Map<string, number>();
  await Promise.all(
    names.map(async (consumableResource) => {
      try {
        const answer = await batch.send(new DescribeConsumableResourceCommand({ consumableResource }));
        availability.set(consumableResource, answer.availableQuantity ?? 0);
        totals.set(consumableResource, answer.totalQuantity ?? 0);
      } catch (error) {
        errors.push(error);
      }
    }),
  );
  return { availability, totals, errors };
}

/** Hands out what is available to jobs in the order in which they ask. */
export class ConsumableLedger {
  private readonly quantities: Map<string, number>;

  constructor(availability: Availability) {
    this.quantities = new Map(availability);
  }

  /** Takes for up to `count` jobs that each need these. @returns for how many there was enough */
  take(tokens: readonly Token[], count: number): number {
    const needed = tokens.filter(({ quantity }) => quantity > 0);
    const enough = needed.reduce(
      (most, { resource, quantity }) => Math.min(most, Math.floor(this.left(resource) / quantity)),
      count,
    );
    for (const { resource, quantity } of needed) this.quantities.set(resource, this.left(resource) - enough * quantity);
    return enough;
  }

  /** How many have not been handed out. */
  left(resource: string): number {
    return Math.max(0, this.quantities.get(resource) ?? 0);
  }
}
