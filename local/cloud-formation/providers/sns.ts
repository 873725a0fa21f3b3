import * as sns from '@aws-sdk/client-sns';
import { apiInput, only } from '../properties';
import type { DeclaredResource, ProviderContext, ResourceProvider } from '../provider';
import { changeOf, nameOf } from '../provider';

const topic: ResourceProvider = {
  async create(resource, context) {
    const { properties } = resource;
    const name = nameOf(resource, 'TopicName', context, 256);
    const { TopicArn } = await context
      .client(sns.SNSClient)
      .send(new sns.CreateTopicCommand(apiInput(sns.CreateTopicInput$, { ...only(properties, 'Tags'), Name: name })));
    for (const subscription of (properties.Subscription ?? []) as object[]) {
      await context
        .client(sns.SNSClient)
        .send(new sns.SubscribeCommand(apiInput(sns.SubscribeInput$, { ...subscription, TopicArn })));
    }
    return { physicalId: TopicArn!, attributes: { TopicArn, TopicName: name } };
  },
  async delete({ physicalId }, context) {
    await context.client(sns.SNSClient).send(new sns.DeleteTopicCommand({ TopicArn: physicalId }));
  },
};

const subscription: ResourceProvider = {
  async create({ properties }, context) {
    const { SubscriptionArn } = await context.client(sns.SNSClient).send(
      new sns.SubscribeCommand(
        apiInput(sns.SubscribeInput$, {
          ...only(properties, 'TopicArn', 'Protocol', 'Endpoint'),
          ReturnSubscriptionArn: true,
        }),
      ),
    );
    return { physicalId: SubscriptionArn!, attributes: { Arn: SubscriptionArn } };
  },
  replaces: changeOf('TopicArn', 'Protocol', 'Endpoint'),
  async delete({ physicalId }, context) {
    await context.client(sns.SNSClient).send(new sns.UnsubscribeCommand({ SubscriptionArn: physicalId }));
  },
};

const topicPolicy: ResourceProvider = {
  async create(resource, context) {
    await setPolicy(resource, resource.properties.PolicyDocument, context);
    return { physicalId: context.physicalName(resource, 255) };
  },
  async update({ physicalId }, resource, context) {
    await setPolicy(resource, resource.properties.PolicyDocument, context);
    return { physicalId };
  },
  replaces: changeOf('Topics'),
  // As in AWS, the policy stays with the topic: there is no operation that takes it away.
  async delete() {},
};

async function setPolicy({ properties }: DeclaredResource, document: unknown, context: ProviderContext): Promise<void> {
  const policy = { AttributeName: 'Policy', AttributeValue: JSON.stringify(document) };
  for (const TopicArn of properties.Topics as string[]) {
    await context.client(sns.SNSClient).send(new sns.SetTopicAttributesCommand({ TopicArn, ...policy }));
  }
}

export const snsProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::SNS::Topic': topic,
  'AWS::SNS::Subscription': subscription,
  'AWS::SNS::TopicPolicy': topicPolicy,
};
