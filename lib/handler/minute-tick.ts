import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

const TICK = Duration.minutes(1);

export interface MinuteTickProps {
  readonly function: lambda.IFunction;
  readonly description: string;
  /** @default - the whole event */
  readonly input?: events.RuleTargetInput;
}

/** Invokes a function each minute. */
export function createMinuteTick(scope: Construct, props: MinuteTickProps): events.Rule {
  return new events.Rule(scope, 'Tick', {
    description: props.description,
    schedule: events.Schedule.rate(TICK),
    targets: [
      // A tick that could not be delivered is made up for by the next.
      new targets.LambdaFunction(props.function, { event: props.input, retryAttempts: 0, maxEventAge: TICK }),
    ],
  });
}
