import { Duration } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { allowQueueKey } from '../encryption/key-rights';
import { queueEncryption } from '../encryption/queue-encryption';

const MAX_RECEIVES = 3;

export interface MessageSourceProps {
  readonly function: lambda.Function;
  /** Takes what the function has failed on. */
  readonly deadLetterQueue: sqs.IQueue;
  readonly batchSize: number;
  readonly batchingWindow: Duration;
  /**
   * How long a message is held back.
   *
   * @default - not at all
   */
  readonly deliveryDelay?: Duration;
  /** How many invocations may work on messages at a time; at least 2. */
  readonly maxConcurrency: number;
}

/** Makes a queue whose messages a function gets in batches, of which it reports the messages that it has failed on. */
export function createMessageSource(scope: Construct, props: MessageSourceProps): sqs.Queue {
  const messages = new sqs.Queue(scope, 'Queue', {
    ...queueEncryption(scope),
    enforceSSL: true,
    deliveryDelay: props.deliveryDelay,
    // What Lambda recommends, so that a throttled batch is not handed out twice.
    visibilityTimeout: Duration.seconds(6 * props.function.timeout!.toSeconds()),
    deadLetterQueue: { queue: props.deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
  });
  // What the mapping needs; the L2's grant allows more.
  props.function.addToRolePolicy(
    new iam.PolicyStatement({
      actions: ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      resources: [messages.queueArn],
    }),
  );
  allowQueueKey(props.function.role!, messages);
  new lambda.EventSourceMapping(scope, 'Source', {
    target: props.function,
    eventSourceArn: messages.queueArn,
    batchSize: props.batchSize,
    maxBatchingWindow: props.batchingWindow,
    maxConcurrency: props.maxConcurrency,
    reportBatchItemFailures: true,
  });
  return messages;
}
