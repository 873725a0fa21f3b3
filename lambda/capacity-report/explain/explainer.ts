import { describeQueues, environmentArnsOf } from '../observe/queues';
import type { EnvironmentClients } from '../observe/environments';
import { Observer } from '../observe/observe';
import { explain, waitsThroughChildren } from './explain';
import type { Explanation } from './model';
import { observeJob } from './observe-job';

/** One page of ListJobs and ten of DescribeJobs; a job that is not among them is reckoned to come last. */
const JOB_BUDGET = 1000;

/**
 * Looks at one job, and at all that it waits for. Only reads.
 *
 * @param queueArns the queues that count, the job's own among them; those that share environments with it when absent
 * @returns nothing for a job that AWS Batch does not know, or not any more
 */
export async function explainJob(
  clients: EnvironmentClients,
  jobId: string,
  now: number,
  queueArns?: readonly string[],
): Promise<Explanation | undefined> {
  const job = await observeJob(clients, jobId);
  if (!job) return undefined;
  if (job.state !== 'RUNNABLE' && !waitsThroughChildren(job)) return explain(job, undefined, now);
  const queues = queueArns ?? (await queuesSharingWith(clients, job.queueArn));
  const scope = { queues, jobBudget: JOB_BUDGET, apart: jobId };
  return explain(job, await new Observer(clients).look(scope, now), now);
}

async function queuesSharingWith({ batch }: EnvironmentClients, queueArn: string): Promise<string[]> {
  const queues = await describeQueues(batch);
  const own = queues.find(({ jobQueueArn }) => jobQueueArn === queueArn);
  const environments = new Set(own && environmentArnsOf(own));
  const sharing = queues.filter((queue) => environmentArnsOf(queue).some((arn) => environments.has(arn)));
  return [...new Set([queueArn, ...sharing.map(({ jobQueueArn }) => jobQueueArn!)])];
}
