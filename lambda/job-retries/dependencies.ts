import type { JobDependency } from '@aws-sdk/client-batch';
import type { Children } from './lineage';

/** Where a job that another depended on, or whatever it was submitted again as, stands. */
export type Predecessor =
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'open'; readonly jobId: string; readonly children?: Children; readonly size?: number }
  /** It will be submitted again, not before then. */
  | { readonly kind: 'waiting'; readonly until: number }
  | { readonly kind: 'failed' };

export type Resolution =
  | { readonly kind: 'ready'; readonly dependsOn: readonly JobDependency[] }
  | { readonly kind: 'waiting'; readonly until: number }
  | { readonly kind: 'failed'; readonly jobId: string };

/** What the new job is, as far as dependencies care. */
export interface Dependent {
  /** Array children; nothing for a job that is no array. */
  readonly size?: number;
  readonly children?: Children;
}

/**
 * What a job that is submitted again has to depend on: the latest of each lineage that it depended on, without those that
 * have succeeded.
 *
 * @param predecessors by the ids in `dependsOn`
 */
export function resolve(
  dependsOn: readonly JobDependency[],
  predecessors: ReadonlyMap<string, Predecessor>,
  dependent: Dependent,
): Resolution {
  const resolved: JobDependency[] = [];
  let until = 0;
  for (const { jobId, type } of dependsOn) {
    if (jobId === undefined) {
      // SEQUENTIAL: of the array's own children, of which there may be only one left.
      if (dependent.size !== undefined) resolved.push({ type });
      continue;
    }
    const predecessor = predecessors.get(jobId)!;
    if (predecessor.kind === 'failed') return { kind: 'failed', jobId };
    if (predecessor.kind === 'waiting') until = Math.max(until, predecessor.until);
    if (predecessor.kind === 'open') resolved.push(dependencyOn(predecessor, type, dependent));
  }
  if (until > 0) return { kind: 'waiting', until };
  const unique = resolved.filter(({ jobId }, index) => resolved.findIndex((other) => other.jobId === jobId) === index);
  return { kind: 'ready', dependsOn: unique };
}

/** Child for child only where both arrays still stand for the same indexes; else the one waits for all of the other. */
function dependencyOn(
  { jobId, size, children }: Extract<Predecessor, { kind: 'open' }>,
  type: JobDependency['type'],
  dependent: Dependent,
): JobDependency {
  const counterparts =
    type === 'N_TO_N' && size !== undefined && size === dependent.size && isSame(children, dependent.children);
  return counterparts ? { jobId, type } : { jobId };
}

function isSame(a: Children | undefined, b: Children | undefined): boolean {
  return a?.indexes.join() === b?.indexes.join();
}
