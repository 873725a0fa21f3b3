import type { SimulationClock, Timer } from '../simulation/clock';
import type { Message, Queue } from '../sqs/queue';
import type { Outcome } from './execution-environment';

export interface MappingConfiguration {
  readonly batchSize: number;
  readonly batchingWindowSeconds: number;
  /** How many batches may be processed at a time. @default 5 */
  readonly maximumConcurrency?: number;
  /** Whether the function says which messages of a batch failed. */
  readonly reportsBatchItemFailures: boolean;
  readonly enabled: boolean;
}

/** Concurrent pollers that Lambda begins with when nothing limits them. */
const DEFAULT_CONCURRENCY = 5;

/** An invocation takes no more than 6 MB; a message may be as large as 1 MiB, and JSON adds to it. */
const BATCH_BYTES = 4_500_000;

/** Carries messages of one queue to one function in batches. */
export class EventSourceMapping {
  private batch: Message[] = [];
  private batchBytes = 0;
  private window: Timer | undefined;
  /** The window of the batch at hand is over; it leaves as soon as fewer batches are being processed. */
  private due = false;
  private processing = 0;
  private polling = false;
  private stopListening = (): void => {};

  /**
   * @param invoke runs the function on the batch.
   * @param onCall told of each request to SQS, which is made with the rights of the function's role
   */
  constructor(
    private readonly clock: SimulationClock,
    private readonly queue: Queue,
    private readonly invoke: (messages: readonly Message[]) => Promise<Outcome | { status: 'throttled' }>,
    private readonly onCall: (operation: string) => void,
    private current: MappingConfiguration,
  ) {
    this.configure(current);
  }

  get configuration(): MappingConfiguration {
    return this.current;
  }

  configure(configuration: MappingConfiguration): void {
    this.current = configuration;
    // Lambda reads the visibility timeout.
    this.onCall('GetQueueAttributes');
    this.stopListening();
    this.stopListening = configuration.enabled ? this.queue.onVisible(() => this.wake()) : () => {};
    if (configuration.enabled) this.wake();
  }

  /** What it has received and not yet handed over becomes visible again in time. */
  stop(): void {
    this.stopListening();
    this.window?.cancel();
    this.current = { ...this.current, enabled: false };
    this.batch = [];
  }

  /** Polls after everything else at this instant, so that messages sent together are received together. */
  private wake(): void {
    if (this.polling) return;
    this.polling = true;
    this.clock.after(0, () => {
      this.polling = false;
      this.poll();
    });
  }

  private poll(): void {
    const { enabled, batchingWindowSeconds, maximumConcurrency = DEFAULT_CONCURRENCY } = this.current;
    while (enabled && this.processing < maximumConcurrency) {
      this.gather();
      if (this.batch.length === 0) return;
      if (!this.full() && batchingWindowSeconds > 0 && !this.due) {
        this.window ??= this.clock.after(batchingWindowSeconds * 1000, () => {
          this.due = true;
          this.poll();
        });
        return;
      }
      this.handOver();
    }
  }

  private gather(): void {
    while (!this.full()) {
      const [message] = this.queue.receive(1);
      if (message === undefined) return;
      this.onCall('ReceiveMessage');
      this.batch.push(message);
      this.batchBytes += message.body.length;
    }
  }

  private full(): boolean {
    return this.batch.length >= this.current.batchSize || this.batchBytes >= BATCH_BYTES;
  }

  private handOver(): void {
    const messages = this.batch;
    this.batch = [];
    this.batchBytes = 0;
    this.due = false;
    this.window?.cancel();
    this.window = undefined;
    this.processing++;
    void this.process(messages).finally(() => {
      this.processing--;
      this.poll();
    });
  }

  /** Messages that are not deleted become visible again once their visibility timeout is over. */
  private async process(messages: readonly Message[]): Promise<void> {
    const handles = messages.map((message) => message.receiptHandle!);
    const outcome = await this.invoke(messages);
    if (outcome.status !== 'succeeded') return;
    const failed = this.current.reportsBatchItemFailures ? failedItems(outcome.result, messages) : new Set<string>();
    messages.forEach(({ id }, index) => {
      if (failed.has(id)) return;
      this.onCall('DeleteMessage');
      this.queue.delete(handles[index]!);
    });
  }
}

/**
 * The ids in a partial batch response; all of them when it is malformed.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
function failedItems(result: unknown, messages: readonly Message[]): Set<string> {
  const everything = new Set(messages.map(({ id }) => id));
  if (result === null) return new Set();
  const failures = (result as { batchItemFailures?: unknown }).batchItemFailures ?? [];
  if (!Array.isArray(failures)) return everything;
  const ids = failures.map((item: { itemIdentifier?: unknown } | null) => item?.itemIdentifier);
  return ids.every((id): id is string => typeof id === 'string' && everything.has(id)) ? new Set(ids) : everything;
}

/** The event that a function gets for a batch. */
export function sqsEvent(
  messages: readonly Message[],
  queueArn: string,
  region: string,
  digest: (body: string) => string,
): object {
  return {
    Records: messages.map((message) => ({
      messageId: message.id,
      receiptHandle: message.receiptHandle,
      body: message.body,
      attributes: {
        ApproximateReceiveCount: String(message.receiveCount),
        SentTimestamp: String(message.sentAt),
        SenderId: message.senderId,
        ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
        ...(message.groupId !== undefined && {
          MessageGroupId: message.groupId,
          MessageDeduplicationId: message.deduplicationId,
          SequenceNumber: String(message.sequence).padStart(20, '0'),
        }),
      },
      messageAttributes: Object.fromEntries(
        Object.entries(message.attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
          name,
          {
            dataType: DataType,
            stringValue: StringValue,
            binaryValue: BinaryValue && Buffer.from(BinaryValue).toString('base64'),
            stringListValues: [],
            binaryListValues: [],
          },
        ]),
      ),
      md5OfBody: digest(message.body),
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: region,
    })),
  };
}
