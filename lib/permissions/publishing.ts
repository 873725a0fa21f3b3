import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from '../events/config';

/** Allows publishing events under this library's name. */
export function allowPublishing(scope: Construct): PolicyStatement {
  return new PolicyStatement({
    actions: ['events:PutEvents'],
    resources: [Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: 'default' })],
    // One call carries many events: the key has a value for each.
    conditions: { 'ForAllValues:StringEquals': { 'events:source': EVENT_SOURCE } },
  });
}
