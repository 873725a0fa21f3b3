import * as iam from 'aws-cdk-lib/aws-iam';
import * as sns from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { encryptionKeyOf } from '../encryption/encryption';
import { alarmsOf, allowAlarms } from '../encryption/key-policy';

/** Makes a topic that alarms of this account and Region may tell. */
export function createAlarmTopic(scope: Construct): sns.Topic {
  const masterKey = encryptionKeyOf(scope);
  if (masterKey) allowAlarms(scope, masterKey);
  const topic = new sns.Topic(scope, 'Topic', { enforceSSL: true, masterKey });
  // A policy that refuses plain HTTP takes the place of the one that SNS makes itself, which lets the account's alarms in.
  topic.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { ArnLike: { 'aws:SourceArn': alarmsOf(scope) } },
    }),
  );
  return topic;
}
