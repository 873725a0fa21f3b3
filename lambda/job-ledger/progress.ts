import { entryKey, hasEnded, type LedgerJob, STATUSES } from './item';
import type { Sighting } from './sighting';

/**
 * How far a job has come. Within an attempt the states follow each other, a further attempt begins with RUNNABLE
 * again, and an end is an end.
 */
export function progressOf(job: Pick<LedgerJob, 'status' | 'attemptsEnded'>): number {
  return hasEnded(job) ? Infinity : job.attemptsEnded * STATUSES.length + STATUSES.indexOf(job.status);
}

/**
 * What is known of a job after one more sighting. Whatever the order of the sightings, and however often each comes,
 * the same is known in the end: the farthest state counts, and of an entry the earliest time.
 */
export function merge(known: LedgerJob | undefined, sighting: Sighting): LedgerJob {
  const { job: seen, at, source } = sighting;
  const ahead = known === undefined || progressOf(seen) > progressOf(known);
  const key = entryKey(seen);
  // Who has only seen a job somewhere does not know when it came there, and may have seen it where it was long ago.
  const entry = seen.entered[key] === undefined && (source === 'event' || ahead) ? { [key]: at } : {};
  const entered = earliest(known?.entered ?? {}, { ...entry, ...seen.entered });
  if (known === undefined) return { ...seen, entered };
  const farther = ahead ? seen : known;
  const level = !ahead && progressOf(seen) === progressOf(known) && !hasEnded(known);
  return {
    ...farther,
    entered,
    isCancelled: farther.isCancelled || (level && seen.isCancelled),
    isTerminated: farther.isTerminated || (level && seen.isTerminated),
    tags: mergeTags(known, seen),
    described: known.described || seen.described,
  };
}

/** Events may leave out tags that the job has. */
function mergeTags(known: LedgerJob, seen: LedgerJob): LedgerJob['tags'] {
  if (known.described !== seen.described) return known.described ? known.tags : seen.tags;
  return { ...known.tags, ...seen.tags };
}

function earliest(a: LedgerJob['entered'], b: LedgerJob['entered']): LedgerJob['entered'] {
  const entered = { ...a };
  for (const [key, time] of Object.entries(b)) entered[key] = Math.min(time, entered[key] ?? Infinity);
  return entered;
}
