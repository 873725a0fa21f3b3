import {
  type BatchClient,
  type ComputeEnvironmentDetail,
  DescribeComputeEnvironmentsCommand,
  DescribeJobQueuesCommand,
  type JobQueueDetail,
} from '@aws-sdk/client-batch';
import { chunks } from '../../runtime/chunks';
import type { QueueObservation } from '../model';

/** The most that one call describes. */
const NAMES_PER_DESCRIBE = 100;

/** @param names or ARNs; all queues of the account when absent */
export async function describeQueues(batch: BatchClient, names?: readonly string[]): Promise<JobQueueDetail[]> {
  const queues: JobQueueDetail[] = [];
  for (const jobQueues of names ? chunks(names, NAMES_PER_DESCRIBE) : [undefined]) {
    let nextToken: string | undefined;
    do {
      const page = await batch.send(new DescribeJobQueuesCommand({ jobQueues, nextToken }));
      queues.push(...(page.jobQueues ?? []));
      nextToken = page.nextToken;
    } while (nextToken);
  }
  return queues;
}

/** Of those that are there. */
export async function describeEnvironments(
  batch: BatchClient,
  arns: readonly string[],
): Promise<ComputeEnvironmentDetail[]> {
  const answers = await Promise.all(
    chunks(arns, NAMES_PER_DESCRIBE).map((computeEnvironments) =>
      batch.send(new DescribeComputeEnvironmentsCommand({ computeEnvironments })),
    ),
  );
  return answers.flatMap((answer) => answer.computeEnvironments ?? []);
}

export function observeQueue(queue: JobQueueDetail): QueueObservation {
  return {
    arn: queue.jobQueueArn!,
    name: queue.jobQueueName!,
    enabled: queue.state === 'ENABLED',
    environmentArns: environmentArnsOf(queue),
  };
}

/** In the order in which they are tried. */
export function environmentArnsOf({ computeEnvironmentOrder = [] }: JobQueueDetail): string[] {
  return [...computeEnvironmentOrder]
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map(({ computeEnvironment }) => computeEnvironment!);
}
