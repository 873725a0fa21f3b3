import type { Token } from '../model';

/** Hands out what is available to jobs in the order in which they ask. */
export class ConsumableLedger {
  private readonly quantities: Map<string, number>;

  constructor(availability: ReadonlyMap<string, number>) {
    this.quantities = new Map(availability);
  }

  /** Takes for up to `count` jobs that each need these. @returns for how many there was enough */
  take(tokens: readonly Token[], count: number): number {
    const enough = this.enoughFor(tokens, count);
    for (const { resource, quantity } of tokens) this.quantities.set(resource, this.left(resource) - enough * quantity);
    return enough;
  }

  /** For how many of `count` jobs that each need these there is enough. */
  enoughFor(tokens: readonly Token[], count: number): number {
    return tokens
      .filter(({ quantity }) => quantity > 0)
      .reduce((most, { resource, quantity }) => Math.min(most, Math.floor(this.left(resource) / quantity)), count);
  }

  /** How many have not been handed out. */
  left(resource: string): number {
    return Math.max(0, this.quantities.get(resource) ?? 0);
  }
}
