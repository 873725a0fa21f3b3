import * as sqs from '@aws-sdk/client-sqs';
import type { MessageOptions, MessageSender, MetricSink } from '../ports';
import type { Call, Service } from '../wire/service';
import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';
import { perform } from './batch-entries';
import { md5, md5OfAttributes } from './message-digest';
import { describeMessage, messageSize, sequenceNumber, validHandle } from './message-shape';
import { Queue } from './queue';
import type { Message } from './queue';
import { COMPUTED_ATTRIBUTES, defaultAttributes, parseSettings, validateAttributes } from './queue-attributes';
import type { QueueSettings } from './queue-attributes';

interface StoredQueue {
  readonly name: string;
  readonly arn: string;
  readonly url: string;
  readonly createdAt: number;
  readonly queue: Queue;
  modifiedAt: number;
  attributes: Record<string, string>;
  settings: QueueSettings;
  tags: Record<string, string>;
}

/** Amazon SQS. */
export class SqsService implements MessageSender {
  readonly api: Service;
  private readonly byName = new Map<string, StoredQueue>();
  private readonly random;

  /** @param endpoint what queue URLs begin with, without a slash at the end. */
  constructor(
    private readonly world: World,
    private readonly metrics: MetricSink,
    private readonly endpoint = `https://sqs.${world.region}.amazonaws.com`,
  ) {
    this.random = world.random.fork();
    this.api = {
      signingName: 'sqs',
      protocol: 'json1.0',
      sdk: sqs,
      operations: {
        CreateQueue: (input: sqs.CreateQueueRequest) => this.createQueue(input),
        DeleteQueue: ({ QueueUrl }: sqs.DeleteQueueRequest) => this.deleteQueue(this.at(QueueUrl)),
        GetQueueUrl: ({ QueueName }: sqs.GetQueueUrlRequest) => ({ QueueUrl: this.at(QueueName).url }),
        ListQueues: (input: sqs.ListQueuesRequest) => this.listQueues(input),
        GetQueueAttributes: (input: sqs.GetQueueAttributesRequest) => this.getAttributes(input),
        SetQueueAttributes: (input: sqs.SetQueueAttributesRequest) =>
          this.setAttributes(this.at(input.QueueUrl), input.Attributes ?? {}),
        SendMessage: (input: sqs.SendMessageRequest, call: Call) =>
          this.sendMessage(this.at(input.QueueUrl), input, call.caller.principalArn),
        SendMessageBatch: (input: sqs.SendMessageBatchRequest, call: Call) =>
          this.sendBatch(this.at(input.QueueUrl), input, call),
        ReceiveMessage: (input: sqs.ReceiveMessageRequest) => this.receiveMessage(this.at(input.QueueUrl), input),
        DeleteMessage: (input: sqs.DeleteMessageRequest) => this.deleteMessage(this.at(input.QueueUrl), input),
        DeleteMessageBatch: ({ QueueUrl, Entries }: sqs.DeleteMessageBatchRequest) => {
          const stored = this.at(QueueUrl);
          return perform(Entries, (entry) => this.deleteMessage(stored, entry));
        },
        ChangeMessageVisibility: (input: sqs.ChangeMessageVisibilityRequest) =>
          this.changeVisibility(this.at(input.QueueUrl), input),
        ChangeMessageVisibilityBatch: ({ QueueUrl, Entries }: sqs.ChangeMessageVisibilityBatchRequest) => {
          const stored = this.at(QueueUrl);
          return perform(Entries, (entry) => this.changeVisibility(stored, entry));
        },
        PurgeQueue: ({ QueueUrl }: sqs.PurgeQueueRequest) => this.at(QueueUrl).queue.purge(),
        TagQueue: ({ QueueUrl, Tags }: sqs.TagQueueRequest) => void Object.assign(this.at(QueueUrl).tags, Tags),
        UntagQueue: ({ QueueUrl, TagKeys }: sqs.UntagQueueRequest) => {
          for (const key of TagKeys ?? []) delete this.at(QueueUrl).tags[key];
        },
        ListQueueTags: ({ QueueUrl }: sqs.ListQueueTagsRequest) => ({ Tags: this.at(QueueUrl).tags }),
        ListDeadLetterSourceQueues: ({ QueueUrl }: sqs.ListDeadLetterSourceQueuesRequest) => {
          const target = this.at(QueueUrl).arn;
          const sources = [...this.byName.values()].filter((q) => q.settings.redrive?.deadLetterTargetArn === target);
          return { queueUrls: sources.map((q) => q.url) };
        },
      },
    };
  }

  /** @throws ServiceError when there is no such queue. */
  send(queueArn: string, body: string, options: MessageOptions = {}): void {
    const { delaySeconds, groupId, deduplicationId, attributes = {} } = options;
    const stored = this.at(nameOf(queueArn));
    const input = {
      MessageBody: body,
      DelaySeconds: delaySeconds,
      MessageGroupId: groupId,
      MessageDeduplicationId: deduplicationId,
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
      ),
    };
    this.sendMessage(stored, input, this.world.accountId);
  }

  /** The messages of a queue, for who reads them without an API call: Lambda. */
  queue(queueArn: string): Queue | undefined {
    return this.byName.get(nameOf(queueArn))?.queue;
  }

  private at(urlOrName: string | undefined): StoredQueue {
    const stored = this.byName.get(urlOrName?.split('/').at(-1) ?? '');
    if (stored === undefined) {
      throw new ServiceError('QueueDoesNotExist', 'The specified queue does not exist.');
    }
    return stored;
  }

  private createQueue({ QueueName = '', Attributes = {}, tags = {} }: sqs.CreateQueueRequest): sqs.CreateQueueResult {
    const fifo = Attributes.FifoQueue === 'true';
    if (
      !/^[\w-]{1,80}$/.test(fifo ? QueueName.replace(/\.fifo$/, '') : QueueName) ||
      fifo !== QueueName.endsWith('.fifo')
    ) {
      throw new ServiceError(
        'InvalidParameterValue',
        'Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length',
      );
    }
    validateAttributes(Attributes);
    const existing = this.byName.get(QueueName);
    if (existing !== undefined) {
      const different = Object.entries(Attributes).find(([name, value]) => existing.attributes[name] !== value);
      if (different === undefined) return { QueueUrl: existing.url };
      throw new ServiceError(
        'QueueNameExists',
        `A queue already exists with the same name and a different value for attribute ${different[0]}`,
      );
    }
    const attributes = { ...defaultAttributes(), ...Attributes };
    const stored: StoredQueue = {
      name: QueueName,
      arn: arn(this.world, 'sqs', QueueName),
      url: `${this.endpoint}/${this.world.accountId}/${QueueName}`,
      createdAt: this.world.clock.now(),
      modifiedAt: this.world.clock.now(),
      attributes,
      settings: parseSettings(attributes),
      tags: { ...tags },
      queue: new Queue(
        this.world.clock,
        this.random.fork(),
        () => stored.settings,
        this.publishMetrics(QueueName, () => stored.queue),
        (message, target) => this.moveToDeadLetters(message, stored.arn, target),
      ),
    };
    this.requireDeadLetterTarget(stored.settings);
    this.byName.set(QueueName, stored);
    return { QueueUrl: stored.url };
  }

  /** @returns to be called whenever a count may have changed. */
  private publishMetrics(name: string, queue: () => Queue): () => void {
    return this.metrics.gauges(
      'AWS/SQS',
      { QueueName: name },
      {
        ApproximateNumberOfMessagesVisible: () => queue().counts().visible,
        ApproximateNumberOfMessagesNotVisible: () => queue().counts().inFlight,
        ApproximateNumberOfMessagesDelayed: () => queue().counts().delayed,
        ApproximateAgeOfOldestMessage: () => queue().ageOfOldest(),
      },
    );
  }

  private deleteQueue(stored: StoredQueue): void {
    stored.queue.purge();
    this.byName.delete(stored.name);
  }

  private listQueues({ QueueNamePrefix = '', MaxResults, NextToken }: sqs.ListQueuesRequest): sqs.ListQueuesResult {
    const names = [...this.byName.keys()].filter((name) => name.startsWith(QueueNamePrefix)).sort();
    const start = NextToken === undefined ? 0 : names.findIndex((name) => name > NextToken);
    const page = start < 0 ? [] : names.slice(start, start + (MaxResults ?? 1000));
    const more = MaxResults !== undefined && page.length > 0 && page.at(-1) !== names.at(-1);
    return { QueueUrls: page.map((name) => this.at(name).url), NextToken: more ? page.at(-1) : undefined };
  }

  private getAttributes({
    QueueUrl,
    AttributeNames = [],
  }: sqs.GetQueueAttributesRequest): sqs.GetQueueAttributesResult {
    const stored = this.at(QueueUrl);
    const { visible, inFlight, delayed } = stored.queue.counts();
    const all: Record<string, string> = {
      ...stored.attributes,
      QueueArn: stored.arn,
      CreatedTimestamp: seconds(stored.createdAt),
      LastModifiedTimestamp: seconds(stored.modifiedAt),
      ApproximateNumberOfMessages: String(visible),
      ApproximateNumberOfMessagesNotVisible: String(inFlight),
      ApproximateNumberOfMessagesDelayed: String(delayed),
    };
    const names: string[] = AttributeNames;
    if (names.includes('All')) return { Attributes: all };
    return { Attributes: Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name))) };
  }

  private setAttributes(stored: StoredQueue, changes: Record<string, string>): void {
    const computed = Object.keys(changes).find((name) => COMPUTED_ATTRIBUTES.includes(name) || name === 'FifoQueue');
    if (computed !== undefined) throw new ServiceError('InvalidAttributeName', `Unknown Attribute ${computed}.`);
    validateAttributes(changes);
    const attributes = { ...stored.attributes, ...changes };
    // An empty value removes the policy.
    for (const name of ['RedrivePolicy', 'RedriveAllowPolicy', 'Policy']) {
      if (attributes[name] === '') delete attributes[name];
    }
    const settings = parseSettings(attributes);
    this.requireDeadLetterTarget(settings);
    stored.attributes = attributes;
    stored.settings = settings;
    stored.modifiedAt = this.world.clock.now();
  }

  private requireDeadLetterTarget({ redrive }: QueueSettings): void {
    if (redrive === undefined || this.byName.has(nameOf(redrive.deadLetterTargetArn))) return;
    throw new ServiceError(
      'InvalidParameterValue',
      `Value ${JSON.stringify(redrive)} for parameter RedrivePolicy is invalid. Reason: Dead letter target does not exist.`,
    );
  }

  private sendMessage(
    { queue, settings }: StoredQueue,
    input: Omit<sqs.SendMessageRequest, 'QueueUrl'>,
    senderId: string,
  ): sqs.SendMessageResult {
    const { MessageBody: body = '', MessageAttributes: attributes = {}, DelaySeconds: delaySeconds } = input;
    if (body === '') throw new ServiceError('MissingParameter', 'The request must contain the parameter MessageBody.');
    if (delaySeconds !== undefined && (delaySeconds < 0 || delaySeconds > 900)) {
      throw invalidParameter(
        `Value ${delaySeconds} for parameter DelaySeconds is invalid. Reason: must be between 0 and 900.`,
      );
    }
    if (messageSize(body, attributes) > settings.maximumMessageSize) {
      throw invalidParameter(
        `One or more parameters are invalid. Reason: Message must be shorter than ${settings.maximumMessageSize} bytes.`,
      );
    }
    let deduplicationId = input.MessageDeduplicationId;
    if (settings.fifo) {
      if (input.MessageGroupId === undefined) {
        throw new ServiceError('MissingParameter', 'The request must contain the parameter MessageGroupId.');
      }
      deduplicationId ??= settings.contentBasedDeduplication ? md5(body) : undefined;
      if (deduplicationId === undefined) {
        throw invalidParameter(
          'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
        );
      }
    }
    const message = queue.send({
      body,
      attributes,
      senderId,
      delaySeconds,
      // A group on a standard queue is for fair queues only, and does not order.
      groupId: settings.fifo ? input.MessageGroupId : undefined,
      deduplicationId,
    });
    return {
      MessageId: message.id,
      MD5OfMessageBody: md5(body),
      MD5OfMessageAttributes: md5OfAttributes(attributes),
      SequenceNumber: settings.fifo ? sequenceNumber(message) : undefined,
    };
  }

  private sendBatch(stored: StoredQueue, { Entries }: sqs.SendMessageBatchRequest, call: Call): object {
    const size = (Entries ?? []).reduce(
      (sum, entry) => sum + messageSize(entry.MessageBody ?? '', entry.MessageAttributes ?? {}),
      0,
    );
    if (size > 1_048_576) {
      throw new ServiceError(
        'BatchRequestTooLong',
        `Batch requests cannot be longer than 1048576 bytes. You have sent ${size} bytes.`,
      );
    }
    return perform(Entries, (entry) => this.sendMessage(stored, entry, call.caller.principalArn));
  }

  private async receiveMessage(
    stored: StoredQueue,
    input: sqs.ReceiveMessageRequest,
  ): Promise<sqs.ReceiveMessageResult> {
    const { MaxNumberOfMessages: maximum = 1, VisibilityTimeout: visibility, WaitTimeSeconds: wait } = input;
    if (maximum < 1 || maximum > 10) {
      throw invalidParameter(
        `Value ${maximum} for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.`,
      );
    }
    const messages = await this.poll(stored.queue, maximum, visibility, wait ?? stored.settings.receiveWaitTime);
    return messages.length === 0
      ? {}
      : { Messages: messages.map((message) => describeMessage(message, stored.settings.fifo, input)) };
  }

  /** Long polling: returns at once when there is something, else when something comes or the time is up. */
  private async poll(
    queue: Queue,
    maximum: number,
    visibility: number | undefined,
    waitSeconds: number,
  ): Promise<Message[]> {
    const messages = queue.receive(maximum, visibility);
    if (messages.length > 0 || waitSeconds === 0) return messages;
    return new Promise((resolve) => {
      const finish = (received: Message[]): void => {
        stop();
        timeout.cancel();
        resolve(received);
      };
      const stop = queue.onVisible(() => {
        const received = queue.receive(maximum, visibility);
        if (received.length > 0) finish(received);
      });
      const timeout = this.world.clock.after(waitSeconds * 1000, () => finish([]));
    });
  }

  private deleteMessage({ queue }: StoredQueue, { ReceiptHandle }: { ReceiptHandle: string | undefined }): void {
    queue.delete(validHandle(ReceiptHandle));
  }

  private changeVisibility(
    { queue }: StoredQueue,
    { ReceiptHandle, VisibilityTimeout = 0 }: Omit<sqs.ChangeMessageVisibilityBatchRequestEntry, 'Id'>,
  ): void {
    if (VisibilityTimeout < 0 || VisibilityTimeout > 43_200) {
      throw invalidParameter(
        `Value ${VisibilityTimeout} for parameter VisibilityTimeout is invalid. Reason: VisibilityTimeout must be an integer between 0 and 43200.`,
      );
    }
    if (!queue.changeVisibility(validHandle(ReceiptHandle), VisibilityTimeout)) {
      throw new ServiceError('MessageNotInflight', 'The message referred to is not in flight.');
    }
  }

  private moveToDeadLetters(message: Message, sourceArn: string, targetArn: string): boolean {
    const target = this.queue(targetArn);
    target?.adopt(message, sourceArn);
    return target !== undefined;
  }
}

function invalidParameter(message: string): ServiceError {
  return new ServiceError('InvalidParameterValue', message);
}

function nameOf(queueArn: string): string {
  return queueArn.split(':').at(-1)!;
}

function seconds(milliseconds: number): string {
  return String(Math.floor(milliseconds / 1000));
}
