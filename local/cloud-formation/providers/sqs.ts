import * as sqs from '@aws-sdk/client-sqs';
import { backToDefaults, without } from '../properties';
import type { DeclaredResource, ExistingResource, ProviderContext, ResourceProvider, ResourceState } from '../provider';
import { changeOf, nameOf } from '../provider';
import type { Properties } from '../template';

const queue: ResourceProvider = {
  async create(resource, context) {
    const { QueueUrl } = await context.client(sqs.SQSClient).send(
      new sqs.CreateQueueCommand({
        QueueName: nameOf(resource, 'QueueName', context, 80),
        Attributes: attributesOf(resource.properties),
        tags: tagsOf(resource.properties),
      }),
    );
    return stateOf(QueueUrl!, context);
  },
  async update({ physicalId, attributes, properties: former }, resource, context) {
    const properties = backToDefaults(former, resource.properties, DEFAULTS);
    await context
      .client(sqs.SQSClient)
      .send(new sqs.SetQueueAttributesCommand({ QueueUrl: physicalId, Attributes: attributesOf(properties) }));
    return { physicalId, attributes };
  },
  replaces: changeOf('QueueName', 'FifoQueue'),
  async delete({ physicalId }, context) {
    await context.client(sqs.SQSClient).send(new sqs.DeleteQueueCommand({ QueueUrl: physicalId }));
  },
};

const DEFAULTS = {
  DelaySeconds: 0,
  MaximumMessageSize: 1_048_576,
  MessageRetentionPeriod: 345_600,
  ReceiveMessageWaitTimeSeconds: 0,
  VisibilityTimeout: 30,
  RedrivePolicy: '',
  RedriveAllowPolicy: '',
  KmsMasterKeyId: '',
};

/** The API takes every attribute as text, documents as JSON. */
function attributesOf(properties: Properties): Record<string, string> {
  const attributes = Object.entries(without(properties, 'QueueName', 'Tags'));
  return Object.fromEntries(
    attributes.map(([name, value]) => [name, typeof value === 'object' ? JSON.stringify(value) : String(value)]),
  );
}

function tagsOf({ Tags }: Properties): Record<string, string> {
  return Object.fromEntries(((Tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]));
}

async function stateOf(QueueUrl: string, context: ProviderContext): Promise<ResourceState> {
  const { Attributes } = await context
    .client(sqs.SQSClient)
    .send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const Arn = Attributes!.QueueArn!;
  return { physicalId: QueueUrl, attributes: { Arn, QueueUrl, QueueName: Arn.split(':')[5] } };
}

const queuePolicy: ResourceProvider = {
  async create(resource, context) {
    await setPolicy(resource, JSON.stringify(resource.properties.PolicyDocument), context);
    return { physicalId: context.physicalName(resource, 255) };
  },
  async update({ physicalId }, resource, context) {
    await setPolicy(resource, JSON.stringify(resource.properties.PolicyDocument), context);
    return { physicalId };
  },
  replaces: changeOf('Queues'),
  async delete(existing: ExistingResource, context) {
    await setPolicy(existing, '', context);
  },
};

async function setPolicy({ properties }: DeclaredResource, Policy: string, context: ProviderContext): Promise<void> {
  for (const QueueUrl of properties.Queues as string[]) {
    await context.client(sqs.SQSClient).send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes: { Policy } }));
  }
}

export const sqsProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::SQS::Queue': queue,
  'AWS::SQS::QueuePolicy': queuePolicy,
};
