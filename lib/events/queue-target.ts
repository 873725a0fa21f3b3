import type * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue, type SqsQueueProps } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { allowRules } from '../encryption/key-policy';

/**
 * A queue of this library as the target of a rule. For an encrypted one, the target of aws-cdk-lib would let every rule
 * send, and EventBridge do more with the key than that takes.
 */
export function queueTarget(queue: sqs.Queue, props: SqsQueueProps = {}): events.IRuleTarget {
  const { encryptionMasterKey: key } = queue;
  if (!key) return new SqsQueue(queue, props);
  const { message: input, deadLetterQueue } = props;
  return {
    bind(rule) {
      allowRules(queue, key);
      for (const one of deadLetterQueue ? [queue, deadLetterQueue] : [queue]) {
        one.addToResourcePolicy(
          new iam.PolicyStatement({
            principals: [new iam.ServicePrincipal('events.amazonaws.com')],
            actions: ['sqs:SendMessage'],
            resources: [one.queueArn],
            conditions: { ArnEquals: { 'aws:SourceArn': (rule as events.IRule).ruleArn } },
          }),
        );
      }
      const deadLetterConfig = deadLetterQueue && { arn: deadLetterQueue.queueArn };
      return { arn: queue.queueArn, input, deadLetterConfig, targetResource: queue };
    },
  };
}
