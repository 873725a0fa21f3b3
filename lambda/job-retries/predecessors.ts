import type { JobDependency } from '@aws-sdk/client-batch';
import { arrayParentId } from '../batch/jobs';
import { LINEAGE_TAG } from '../../lib/retries/config';
import { type Context, coveredQueue } from './context';
import type { Predecessor } from './dependencies';
import type { Lineage } from './lineage';

/** What is not decided yet is looked at again after that. */
const UNDECIDED_MILLISECONDS = 15_000;
/** So that what waits for another comes behind it. */
const AFTER_MILLISECONDS = 1;

/**
 * Where the jobs stand that another depended on.
 *
 * @param decide deals with a job that has ended, if that has not been done
 */
export async function predecessorsOf(
  context: Context,
  dependsOn: readonly JobDependency[],
  decide: (jobId: string) => Promise<void>,
): Promise<Map<string, Predecessor>> {
  const ids = [...new Set(dependsOn.flatMap(({ jobId }) => jobId ?? []))];
  const found = await Promise.all(ids.map((id) => predecessor(context, arrayParentId(id), decide)));
  return new Map(ids.map((id, index) => [id, found[index]!]));
}

async function predecessor(
  context: Context,
  jobId: string,
  decide: (jobId: string) => Promise<void>,
  decided = false,
): Promise<Predecessor> {
  const { observer, ledger, lineages, now } = context;
  const [job, stored] = await Promise.all([observer.describe(jobId), ledger.get(jobId)]);
  const status = stored?.job.status === 'FAILED' ? 'FAILED' : (job?.status ?? stored?.job.status);
  if (status === 'SUCCEEDED') return { kind: 'succeeded' };
  // A job that nobody knows is not known to have succeeded.
  if (status === undefined) return { kind: 'failed' };
  const root = stored?.attributes['lineage']?.S ?? job?.tags?.[LINEAGE_TAG];
  const kept = (root === undefined ? undefined : await lineages.read(root)) ?? (await lineages.read(jobId));
  const lineage = kept?.lineage.history.some((submission) => submission.jobId === jobId) ? kept.lineage : undefined;
  if (status !== 'FAILED') {
    const { size } = job?.arrayProperties ?? {};
    return { kind: 'open', jobId, size, children: lineage?.children };
  }
  if (lineage && (lineage.status !== 'OPEN' || lineage.jobId !== jobId)) {
    return standing(context, lineage, decide);
  }
  if (stored?.attributes['retry']?.S === 'FINAL') return { kind: 'failed' };
  const queue = job?.jobQueue ?? stored?.job.queueArn;
  if (queue === undefined || !coveredQueue(context, queue)) return { kind: 'failed' };
  if (decided) return { kind: 'waiting', until: now() + UNDECIDED_MILLISECONDS };
  await decide(jobId);
  return predecessor(context, jobId, decide, true);
}

/** Of a lineage that is further than the job that was depended on. */
async function standing(
  context: Context,
  lineage: Lineage,
  decide: (jobId: string) => Promise<void>,
): Promise<Predecessor> {
  switch (lineage.status) {
    case 'SUCCEEDED':
      return { kind: 'succeeded' };
    case 'FINAL':
      return { kind: 'failed' };
    case 'WAITING':
      return { kind: 'waiting', until: lineage.plan!.notBefore + AFTER_MILLISECONDS };
    case 'SUBMITTING':
      return { kind: 'waiting', until: context.now() + UNDECIDED_MILLISECONDS };
    case 'OPEN':
      return predecessor(context, lineage.jobId, decide);
  }
}
