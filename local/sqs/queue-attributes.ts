import { ServiceError } from '../wire/service';

/** A queue's settings, parsed from the attribute strings of the API. Times are seconds. */
export interface QueueSettings {
  readonly delaySeconds: number;
  readonly visibilityTimeout: number;
  readonly retentionPeriod: number;
  readonly maximumMessageSize: number;
  readonly receiveWaitTime: number;
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  readonly redrive?: RedrivePolicy;
}

export interface RedrivePolicy {
  readonly deadLetterTargetArn: string;
  /** How often a message is received before it is moved. */
  readonly maxReceiveCount: number;
}

/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html */
const NUMBERS: Readonly<Record<string, { minimum: number; maximum: number; default: number }>> = {
  DelaySeconds: { minimum: 0, maximum: 900, default: 0 },
  MaximumMessageSize: { minimum: 1024, maximum: 1_048_576, default: 1_048_576 },
  MessageRetentionPeriod: { minimum: 60, maximum: 1_209_600, default: 345_600 },
  ReceiveMessageWaitTimeSeconds: { minimum: 0, maximum: 20, default: 0 },
  VisibilityTimeout: { minimum: 0, maximum: 43_200, default: 30 },
  KmsDataKeyReusePeriodSeconds: { minimum: 60, maximum: 86_400, default: 300 },
};

/** Stored and given back; nothing in the local AWS acts on them. */
const STORED = new Set([
  'Policy',
  'RedriveAllowPolicy',
  'KmsMasterKeyId',
  'SqsManagedSseEnabled',
  'DeduplicationScope',
  'FifoThroughputLimit',
]);

const BOOLEANS = new Set(['FifoQueue', 'ContentBasedDeduplication']);

/** Attributes that are computed and cannot be set. */
export const COMPUTED_ATTRIBUTES = [
  'QueueArn',
  'CreatedTimestamp',
  'LastModifiedTimestamp',
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
];

export function defaultAttributes(): Record<string, string> {
  return {
    ...Object.fromEntries(
      Object.entries(NUMBERS)
        .filter(([name]) => !name.startsWith('Kms'))
        .map(([name, range]) => [name, String(range.default)]),
    ),
    SqsManagedSseEnabled: 'true',
  };
}

/** @throws ServiceError when an attribute is unknown or its value out of range. */
export function validateAttributes(attributes: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(attributes)) {
    const range = NUMBERS[name];
    if (range !== undefined) {
      const number = Number(value);
      if (!/^\d+$/.test(value) || number < range.minimum || number > range.maximum) throw invalidValue(name);
    } else if (name === 'RedrivePolicy') {
      if (value !== '') parseRedrivePolicy(value);
    } else if (BOOLEANS.has(name)) {
      if (value !== 'true' && value !== 'false') throw invalidValue(name);
    } else if (!STORED.has(name)) {
      throw new ServiceError('InvalidAttributeName', `Unknown Attribute ${name}.`);
    }
  }
}

export function parseSettings(attributes: Readonly<Record<string, string>>): QueueSettings {
  const number = (name: string): number => Number(attributes[name] ?? NUMBERS[name]!.default);
  return {
    delaySeconds: number('DelaySeconds'),
    visibilityTimeout: number('VisibilityTimeout'),
    retentionPeriod: number('MessageRetentionPeriod'),
    maximumMessageSize: number('MaximumMessageSize'),
    receiveWaitTime: number('ReceiveMessageWaitTimeSeconds'),
    fifo: attributes.FifoQueue === 'true',
    contentBasedDeduplication: attributes.ContentBasedDeduplication === 'true',
    redrive: attributes.RedrivePolicy ? parseRedrivePolicy(attributes.RedrivePolicy) : undefined,
  };
}

function parseRedrivePolicy(value: string): RedrivePolicy {
  let policy: { deadLetterTargetArn?: unknown; maxReceiveCount?: unknown } | null;
  try {
    policy = JSON.parse(value) as typeof policy;
  } catch {
    throw invalidValue('RedrivePolicy');
  }
  const { deadLetterTargetArn, maxReceiveCount } = policy ?? {};
  const count = Number(maxReceiveCount);
  if (typeof deadLetterTargetArn !== 'string' || !Number.isInteger(count) || count < 1 || count > 1000) {
    throw invalidValue('RedrivePolicy');
  }
  return { deadLetterTargetArn, maxReceiveCount: count };
}

function invalidValue(name: string): ServiceError {
  return new ServiceError('InvalidAttributeValue', `Invalid value for the parameter ${name}.`);
}
