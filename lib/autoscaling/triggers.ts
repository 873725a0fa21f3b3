import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Trigger } from './config';

const TICK = Duration.minutes(1);
/** Long enough that a burst of submissions is one run, short enough that nobody waits for it. */
const BATCHING_WINDOW = Duration.seconds(5);
const BATCH_SIZE = 1000;
/** The least that SQS event sources take. The lease makes one of two runs leave at once. */
const MAX_CONCURRENCY = 2;
const MAX_RECEIVES = 3;

export interface TriggersProps {
  readonly function: lambda.Function;
  /** Takes what the function has failed on. */
  readonly deadLetterQueue: sqs.IQueue;
  /** ARNs of the job queues whose events count; asked for at synth. */
  readonly queueArns: string[];
}

/** What starts the autoscaler: a tick each minute, which makes it right, and jobs' events, which make it quick. */
export class Triggers extends Construct {
  constructor(scope: Construct, id: string, props: TriggersProps) {
    super(scope, id);
    const trigger: Trigger = { time: events.EventField.time };
    const input = events.RuleTargetInput.fromObject(trigger);
    new events.Rule(this, 'Tick', {
      description: 'Looks at the environment each minute',
      schedule: events.Schedule.rate(TICK),
      targets: [
        // A tick that could not be delivered is made up for by the next.
        new targets.LambdaFunction(props.function, { event: input, retryAttempts: 0, maxEventAge: TICK }),
      ],
    });
    const messages = this.createQueue(props);
    new events.Rule(this, 'JobsWaiting', {
      description: 'Jobs that came to wait for an instance',
      eventPattern: {
        source: ['aws.batch'],
        detailType: ['Batch Job State Change'],
        detail: {
          jobQueue: props.queueArns,
          $or: [
            { status: ['RUNNABLE'] },
            // The parent of an array is never RUNNABLE itself: it is PENDING while its children are.
            { status: ['PENDING'], arrayProperties: { size: [{ exists: true }] } },
          ],
        },
      },
      targets: [new targets.SqsQueue(messages, { message: input })],
    });
  }

  private createQueue(props: TriggersProps): sqs.Queue {
    const messages = new sqs.Queue(this, 'Queue', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
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
    new lambda.EventSourceMapping(this, 'Source', {
      target: props.function,
      eventSourceArn: messages.queueArn,
      batchSize: BATCH_SIZE,
      maxBatchingWindow: BATCHING_WINDOW,
      maxConcurrency: MAX_CONCURRENCY,
      reportBatchItemFailures: true,
    });
    return messages;
  }
}
