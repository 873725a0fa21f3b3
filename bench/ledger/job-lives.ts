import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import { createLocalAws } from '../../local/local-aws';
import { LOCAL_JOB } from '../../workload/local-job';

/** DynamoDB writes of one job over its life. */
export const MOST_WRITES = 8;
/** Calls of AWS Batch for one job over its life. */
export const MOST_CALLS = 0.2;

const MINUTE = 60_000;
const RUN_SECONDS = 300;

export interface JobLives {
  readonly writes: number;
  readonly calls: number;
  readonly text: string;
}

/** Jobs of five minutes, 512 at a time, from the first submission until the ledger has nothing open. */
export async function jobLives(
  assembly: string,
  jobs: number,
  arrival: 'all at once' | 'evenly over two hours',
): Promise<JobLives> {
  const aws = createLocalAws();
  const [stack] = await aws.deploy(assembly);
  const counts = new Map<string, number>();
  aws.calls.onCall(({ service, operation, functionName }) => {
    if (functionName === undefined || service === 'logs') return;
    const name = `${service}:${operation}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  const client = aws.client(BatchClient);
  const work = JSON.stringify({ attempts: [{ runSeconds: RUN_SECONDS }] });
  const submit = () =>
    client.send(
      new SubmitJobCommand({
        jobName: 'job',
        jobQueue: stack!.outputs['QueueName'],
        jobDefinition: stack!.outputs['JobName'],
        containerOverrides: { environment: [{ name: LOCAL_JOB, value: work }] },
      }),
    );
  const minutes = arrival === 'all at once' ? 1 : 120;
  let submitted = 0;
  for (let minute = 1; minute <= minutes; minute++) {
    for (; submitted < (jobs * minute) / minutes; submitted++) await submit();
    await aws.virtualClock!.advance(MINUTE);
  }
  let after = minutes;
  while ([...aws.services.batch.jobs()].some(({ stoppedAt }) => stoppedAt === undefined)) {
    await aws.virtualClock!.advance(MINUTE);
    after++;
  }
  // The last ends are recorded.
  await aws.virtualClock!.advance(2 * MINUTE);
  const succeeded = [...aws.services.batch.jobs()].filter(({ status }) => status === 'SUCCEEDED').length;
  const per = (prefix: string) =>
    [...counts].filter(([name]) => name.startsWith(prefix)).reduce((sum, [, count]) => sum + count, 0) / jobs;
  const writes = per('dynamodb:UpdateItem');
  const calls = per('batch:');
  const detail = [...counts].sort().map(([name, count]) => `${name} ${count}`);
  return {
    writes,
    calls,
    text: `${jobs} jobs, ${arrival}, ${after} min, ${succeeded} succeeded: ${writes.toFixed(2)} writes and ${calls.toFixed(3)} calls of AWS Batch a job (${detail.join(', ')})`,
  };
}
