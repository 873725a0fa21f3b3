import { check, checkAtMost, checkRange, refuse } from './refusals';
import type { NamedResource, Registry } from './registry';

const LARGEST_PAGE = 100;

export interface PageRequest {
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

export interface Page<T> {
  items: T[];
  nextToken?: string;
}

/** A token says after which item its page starts, so that what comes or goes in between shifts nothing. */
export function tokenAfter(order: number): string {
  return Buffer.from(`after:${order}`).toString('base64url');
}

export function orderIn(token: string): number {
  const match = /^after:(-?\d+)$/.exec(Buffer.from(token, 'base64url').toString());
  return match ? Number(match[1]) : refuse(`nextToken ${token} is not one that was returned`);
}

/** The number of results that a page of `Describe…` and `List…` calls other than `ListJobs` may have. */
export function pageSize(maxResults: number | undefined): number {
  checkRange(maxResults, 1, LARGEST_PAGE, 'maxResults');
  return maxResults ?? LARGEST_PAGE;
}

/** One page of `items`, which come in an order that grows. */
export function pageOf<T>(items: Iterable<T>, orderOf: (item: T) => number, request: PageRequest): Page<T> {
  const size = pageSize(request.maxResults);
  const after = request.nextToken === undefined ? -Infinity : orderIn(request.nextToken);
  const page: T[] = [];
  for (const item of items) {
    if (orderOf(item) <= after) continue;
    if (page.length === size) return { items: page, nextToken: tokenAfter(orderOf(page.at(-1)!)) };
    page.push(item);
  }
  return { items: page };
}

/** What `Describe…` answers: those that are named and exist, else a page of all. */
export function namedOrPage<T extends NamedResource>(
  registry: Registry<T>,
  names: readonly string[] | undefined,
  request: PageRequest,
): Page<T> {
  if (names === undefined || names.length === 0) return pageOf(registry, (item) => item.sequence, request);
  checkAtMost(names, LARGEST_PAGE, 'The list of names');
  check(request.nextToken === undefined, 'nextToken cannot be used with a list of names');
  return { items: names.flatMap((name) => registry.find(name) ?? []) };
}
