import { SETTLE_SECONDS } from '../../lib/storage/config';
import type { Decision, EndedJob, KnownSnapshot, KnownVolume, Observation } from './model';

const SETTLE_MILLISECONDS = SETTLE_SECONDS * 1000;
/** After that long the instance is gone, or has had other jobs, and nobody waits for an error. */
const FORGOTTEN_MILLISECONDS = 3_600_000;
/** Snapshots of one job's data that may fail. */
const MOST_FAILURES = 3;
/** Longer than an instance takes to boot: by then it has attached the volume that it has made. */
const LEFT_OVER_MILLISECONDS = 1_800_000;

/**
 * Which snapshot instances are to use, and what is to come and to go for that. The snapshots themselves are all that is
 * remembered: whatever was done twice or not at all is seen in them the next time.
 *
 * @param keep complete snapshots that there are at most
 */
export function decide(keep: number, { now, succeeded, snapshots, volumes, published }: Observation): Decision {
  const complete = snapshots.filter(({ state }) => state === 'completed').sort(newestFirst);
  const firsts = complete.filter((one, index) => index === 0 || one.job.jobId !== complete[index - 1]!.job.jobId);
  const [newest] = firsts;
  const job = jobToSnapshot(now, succeeded, snapshots);
  const failures = job ? failuresOf(job, snapshots) : 0;
  const kept = new Set(firsts.slice(0, keep).map(({ snapshotId }) => snapshotId));
  const failed = snapshots.filter(({ state, job: { jobId } }) => state === 'error' && jobId !== job?.jobId);
  return {
    snapshot: failures < MOST_FAILURES ? job : undefined,
    givenUp: failures < MOST_FAILURES ? undefined : job,
    publish: newest && newest.snapshotId !== published ? newest : undefined,
    deleteSnapshots: [...complete.filter(({ snapshotId }) => !kept.has(snapshotId)), ...failed],
    bind: volumes.filter(({ attachment }) => attachment && !attachment.goesWithInstance),
    deleteVolumes: volumes.filter((volume) => isLeftOver(volume, now)),
  };
}

/** The newest that has settled, unless its data or newer data is in a snapshot already. */
function jobToSnapshot(
  now: number,
  succeeded: readonly EndedJob[],
  snapshots: readonly KnownSnapshot[],
): EndedJob | undefined {
  const settled = succeeded.filter(
    ({ stoppedAt }) => stoppedAt <= now - SETTLE_MILLISECONDS && stoppedAt > now - FORGOTTEN_MILLISECONDS,
  );
  const job = settled.reduce<EndedJob | undefined>(
    (newest, one) => (newest && newest.stoppedAt >= one.stoppedAt ? newest : one),
    undefined,
  );
  if (!job) return undefined;
  const covered = snapshots.some(({ state, job: { stoppedAt } }) => state !== 'error' && stoppedAt >= job.stoppedAt);
  return covered ? undefined : job;
}

function failuresOf({ jobId }: EndedJob, snapshots: readonly KnownSnapshot[]): number {
  return snapshots.filter(({ state, job }) => state === 'error' && job.jobId === jobId).length;
}

/** Of two of the same data, which overlapping invocations have made, the earlier one goes first. */
function newestFirst(a: KnownSnapshot, b: KnownSnapshot): number {
  if (a.job.stoppedAt !== b.job.stoppedAt) return b.job.stoppedAt - a.job.stoppedAt;
  if (a.job.jobId !== b.job.jobId) return a.job.jobId < b.job.jobId ? -1 : 1;
  return a.startedAt - b.startedAt || (a.snapshotId < b.snapshotId ? -1 : 1);
}

function isLeftOver({ attachment, createdAt }: KnownVolume, now: number): boolean {
  return attachment === undefined && createdAt <= now - LEFT_OVER_MILLISECONDS;
}
