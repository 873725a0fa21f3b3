/**
 * Since when the jobs of a first-in-first-out queue are at their positions: since the latest time that one before them
 * came or went. Of the changes only those are kept that no later change farther ahead has overtaken.
 */
export class PositionHistory {
  /** Both grow from entry to entry. */
  private changes: { readonly order: number; readonly at: number }[] = [];

  /** A job with this order came or went. */
  changed(order: number, at: number): void {
    while (this.changes.length > 0 && this.changes.at(-1)!.order >= order) this.changes.pop();
    this.changes.push({ order, at });
  }

  /** When a job before this order last came or went; undefined when none has. */
  lastChangeBefore(order: number): number | undefined {
    let low = 0;
    let high = this.changes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.changes[middle]!.order < order) low = middle + 1;
      else high = middle;
    }
    return this.changes[low - 1]?.at;
  }
}
