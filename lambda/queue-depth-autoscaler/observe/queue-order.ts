import { type BatchClient, DescribeJobQueuesCommand } from '@aws-sdk/client-batch';
import { chunks } from '../../runtime/chunks';

const QUEUES_PER_DESCRIBE = 100;
/** How long priorities are taken to stay as they were read. */
const VALID = 5 * 60_000;

/**
 * The queues of an environment, highest priority first. Priorities are read from Batch: the constructs do not know those of
 * imported queues, and they can be changed behind a stack's back.
 */
export class QueueOrder {
  private readAt = -Infinity;

  /** @param ordered in any order; the last known one stands in for what cannot be read */
  constructor(
    private readonly batch: BatchClient,
    private ordered: readonly string[],
  ) {}

  /** @param errors takes what went wrong */
  async at(now: number, errors: unknown[]): Promise<readonly string[]> {
    if (this.ordered.length > 1 && now - this.readAt >= VALID) {
      try {
        const priorities = await this.priorities();
        const priorityOf = (arn: string): number => priorities.get(arn) ?? 0;
        this.ordered = this.ordered.toSorted((a, b) => priorityOf(b) - priorityOf(a));
        this.readAt = now;
      } catch (error) {
        errors.push(error);
      }
    }
    return this.ordered;
  }

  private async priorities(): Promise<ReadonlyMap<string, number>> {
    const answers = await Promise.all(
      chunks(this.ordered, QUEUES_PER_DESCRIBE).map((jobQueues) =>
        this.batch.send(new DescribeJobQueuesCommand({ jobQueues })),
      ),
    );
    const queues = answers.flatMap((answer) => answer.jobQueues ?? []);
    return new Map(queues.map(({ jobQueueArn, priority }) => [jobQueueArn!, priority!]));
  }
}
