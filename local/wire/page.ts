/**
 * One page of a list that may change between two calls: a token says after which item to go on, not how many to skip, so
 * that nothing which stays is left out.
 */
export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly nextToken?: string;
}

/**
 * @param items in ascending order of `ordinal`
 * @param ordinal where an item stands; never changes
 * @param refuse makes the error that the service answers a token with which it never gave
 */
export function page<T>(
  items: readonly T[],
  ordinal: (item: T) => number,
  size: number,
  token: string | undefined,
  refuse: () => Error,
): Page<T> {
  const start = token === undefined ? 0 : firstAfter(items, ordinal, position(token, refuse));
  const found = items.slice(start, start + size);
  if (start + size >= items.length) return { items: found };
  const last = found[found.length - 1]!;
  return { items: found, nextToken: Buffer.from(String(ordinal(last))).toString('base64url') };
}

function position(token: string, refuse: () => Error): number {
  const text = Buffer.from(token, 'base64url').toString();
  if (!/^-?\d+$/.test(text)) throw refuse();
  return Number(text);
}

function firstAfter<T>(items: readonly T[], ordinal: (item: T) => number, after: number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ordinal(items[middle]!) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
