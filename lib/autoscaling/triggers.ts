import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Trigger } from './config';
import { queueTarget } from '../events/queue-target';
import { createMessageSource } from '../handler/message-source';
import { createMinuteTick } from '../handler/minute-tick';

/** Long enough that a burst of submissions is one run, short enough that nobody waits for it. */
const BATCHING_WINDOW = Duration.seconds(5);
const BATCH_SIZE = 1000;
/** The least that SQS event sources take. The lease makes one of two runs leave at once. */
const MAX_CONCURRENCY = 2;

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
    createMinuteTick(this, { function: props.function, description: 'Looks at the environment each minute', input });
    const messages = createMessageSource(this, {
      function: props.function,
      deadLetterQueue: props.deadLetterQueue,
      batchSize: BATCH_SIZE,
      batchingWindow: BATCHING_WINDOW,
      maxConcurrency: MAX_CONCURRENCY,
    });
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
      targets: [queueTarget(messages, { message: input })],
    });
  }
}
