/** From when to when something was there. Milliseconds since the epoch. */
export interface Life {
  readonly from: number;
  /** Absent while it lasts. */
  readonly to?: number;
}

/** How many there were at once, at most. */
export function peak(lives: readonly Life[]): number {
  let count = 0;
  let most = 0;
  for (const { change } of changes(lives)) {
    count += change;
    most = Math.max(most, count);
  }
  return most;
}

/** How many there were at most in each of `columns` equal parts of a period. */
export function peaks(lives: readonly Life[], from: number, to: number, columns: number): number[] {
  const width = Math.max(1, to - from) / columns;
  const all = changes(lives);
  let count = 0;
  let next = 0;
  return Array.from({ length: columns }, (_, column) => {
    const end = from + (column + 1) * width;
    let most = count;
    for (; next < all.length && all[next]!.at < end; next++) {
      count += all[next]!.change;
      most = Math.max(most, count);
    }
    return most;
  });
}

/** In order; what ends at the moment that another begins is not counted with it. */
function changes(lives: readonly Life[]): { at: number; change: 1 | -1 }[] {
  return lives
    .flatMap(({ from, to }) => [
      { at: from, change: 1 as const },
      ...(to === undefined ? [] : [{ at: to, change: -1 as const }]),
    ])
    .sort((a, b) => a.at - b.at || a.change - b.change);
}
