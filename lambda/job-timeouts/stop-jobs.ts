import { type BatchClient, CancelJobsCommand, TerminateJobsCommand } from '@aws-sdk/client-batch';
import type { Stop } from '../job-ledger/item';
import { chunks } from '../runtime/chunks';

/** The most that one call takes; it takes one reason for all. */
const JOBS_PER_CALL = 50;

export interface StopOrder {
  readonly jobId: string;
  readonly stop: Pick<Stop, 'action' | 'reason'>;
}

/**
 * Has AWS Batch end jobs, those with the same reason together.
 *
 * @throws Error when some could not be ended; the others were
 */
export async function stopJobs(batch: BatchClient, orders: readonly StopOrder[]): Promise<void> {
  const groups = new Map<string, { stop: StopOrder['stop']; jobIds: string[] }>();
  for (const { jobId, stop } of orders) {
    const key = `${stop.action} ${stop.reason}`;
    const group = groups.get(key) ?? { stop, jobIds: [] };
    group.jobIds.push(jobId);
    groups.set(key, group);
  }
  const calls = [...groups.values()].flatMap(({ stop, jobIds }) =>
    chunks(jobIds, JOBS_PER_CALL).map((jobs) => ({ stop, jobs })),
  );
  const outcomes = await Promise.allSettled(
    calls.map(async ({ stop: { action, reason }, jobs }) => {
      const command =
        action === 'CANCEL' ? new CancelJobsCommand({ jobs, reason }) : new TerminateJobsCommand({ jobs, reason });
      const { errors = [] } = await batch.send(command as CancelJobsCommand);
      const [error] = errors;
      if (error)
        throw new Error(`${errors.length} of ${jobs.length} jobs were not ended: ${error.job}: ${error.message}`);
    }),
  );
  const failure = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
  if (failure) throw failure.reason;
}
