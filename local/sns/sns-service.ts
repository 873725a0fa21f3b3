import * as sns from '@aws-sdk/client-sns';
import type { FunctionInvoker, MessageSender, TopicPublisher } from '../ports';
import type { Service } from '../wire/service';
import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';

export interface SnsPorts {
  readonly queues: MessageSender;
  readonly functions: FunctionInvoker;
}

/** What a topic sent to an address outside of AWS, such as an e-mail. */
export interface SentNotification {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly subject?: string;
  readonly message: string;
}

interface Topic {
  readonly arn: string;
  readonly attributes: Record<string, string>;
  readonly subscriptions: Map<string, Subscription>;
}

interface Subscription {
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: string;
  readonly endpoint: string;
  readonly attributes: Record<string, string>;
}

interface Notification {
  readonly MessageId: string;
  readonly Message: string;
  readonly Subject?: string;
  readonly MessageAttributes: Record<string, { Type: string; Value: string }>;
}

const PROTOCOLS = ['lambda', 'sqs', 'email', 'email-json', 'sms', 'http', 'https'];
const MAXIMUM_SENT = 1000;

/** Amazon SNS: topics whose messages reach queues and functions, and are written down for all else. */
export class SnsService implements TopicPublisher {
  readonly api: Service;
  private readonly topics = new Map<string, Topic>();
  private readonly sentOutside: SentNotification[] = [];
  private readonly random;

  constructor(
    private readonly world: World,
    private readonly ports: SnsPorts,
  ) {
    this.random = world.random.fork();
    this.api = {
      signingName: 'sns',
      protocol: 'query',
      sdk: sns,
      operations: { ...this.topicOperations(), ...this.subscriptionOperations() },
    };
  }

  publish(topicArn: string, message: string, { subject }: { subject?: string } = {}): void {
    this.send(this.topic(topicArn), {
      MessageId: this.random.uuid(),
      Message: message,
      Subject: subject,
      MessageAttributes: {},
    });
  }

  /** What went to e-mail addresses, telephones and web sites, oldest first. */
  sent(): readonly SentNotification[] {
    return this.sentOutside;
  }

  private topicOperations(): Service['operations'] {
    return {
      CreateTopic: ({ Name = '', Attributes = {} }: sns.CreateTopicInput): sns.CreateTopicResponse => {
        const topicArn = arn(this.world, 'sns', Name);
        if (!this.topics.has(topicArn)) {
          this.topics.set(topicArn, { arn: topicArn, attributes: { ...Attributes }, subscriptions: new Map() });
        }
        return { TopicArn: topicArn };
      },
      DeleteTopic: ({ TopicArn }: sns.DeleteTopicInput) => void this.topics.delete(TopicArn!),
      ListTopics: (): sns.ListTopicsResponse => ({
        Topics: [...this.topics.keys()].map((TopicArn) => ({ TopicArn })),
      }),
      GetTopicAttributes: ({ TopicArn }: sns.GetTopicAttributesInput): sns.GetTopicAttributesResponse => {
        const { arn: topicArn, attributes, subscriptions } = this.topic(TopicArn);
        return {
          Attributes: { ...attributes, TopicArn: topicArn, SubscriptionsConfirmed: String(subscriptions.size) },
        };
      },
      SetTopicAttributes: ({ TopicArn, AttributeName, AttributeValue = '' }: sns.SetTopicAttributesInput) => {
        this.topic(TopicArn).attributes[AttributeName!] = AttributeValue;
      },
      Publish: (input: sns.PublishInput): sns.PublishResponse => {
        const notification: Notification = {
          MessageId: this.random.uuid(),
          Message: input.Message!,
          Subject: input.Subject,
          MessageAttributes: Object.fromEntries(
            Object.entries(input.MessageAttributes ?? {}).map(([name, { DataType = '', StringValue = '' }]) => [
              name,
              { Type: DataType, Value: StringValue },
            ]),
          ),
        };
        this.send(this.topic(input.TopicArn ?? input.TargetArn), notification);
        return { MessageId: notification.MessageId };
      },
    };
  }

  private subscriptionOperations(): Service['operations'] {
    return {
      Subscribe: (input: sns.SubscribeInput): sns.SubscribeResponse => {
        const { TopicArn, Protocol = '', Endpoint = '', Attributes = {} } = input;
        const topic = this.topic(TopicArn);
        if (!PROTOCOLS.includes(Protocol))
          throw invalid(`Invalid parameter: Does not support this protocol string: ${Protocol}`);
        if (Attributes.FilterPolicy !== undefined)
          throw invalid('The local AWS does not filter what subscriptions get');
        const known = [...topic.subscriptions.values()].find((s) => s.protocol === Protocol && s.endpoint === Endpoint);
        if (known !== undefined) return { SubscriptionArn: known.arn };
        const subscription: Subscription = {
          arn: `${topic.arn}:${this.random.uuid()}`,
          topicArn: topic.arn,
          protocol: Protocol,
          endpoint: Endpoint,
          attributes: { ...Attributes },
        };
        topic.subscriptions.set(subscription.arn, subscription);
        return { SubscriptionArn: subscription.arn };
      },
      Unsubscribe: ({ SubscriptionArn = '' }: sns.UnsubscribeInput) => {
        const topicArn = SubscriptionArn.slice(0, SubscriptionArn.lastIndexOf(':'));
        this.topics.get(topicArn)?.subscriptions.delete(SubscriptionArn);
      },
      ListSubscriptionsByTopic: ({ TopicArn }: sns.ListSubscriptionsByTopicInput) => ({
        Subscriptions: [...this.topic(TopicArn).subscriptions.values()].map((s) => this.describe(s)),
      }),
      ListSubscriptions: () => ({
        Subscriptions: [...this.topics.values()].flatMap(({ subscriptions }) =>
          [...subscriptions.values()].map((s) => this.describe(s)),
        ),
      }),
    };
  }

  private topic(topicArn: string | undefined): Topic {
    const topic = this.topics.get(topicArn ?? '');
    if (topic === undefined) throw new ServiceError('NotFoundException', 'Topic does not exist', 404);
    return topic;
  }

  private send(topic: Topic, notification: Notification): void {
    for (const subscription of topic.subscriptions.values()) {
      try {
        this.deliver(subscription, notification);
      } catch (error) {
        // A subscriber that is gone does not keep the message from the others.
        if (!(error instanceof ServiceError)) throw error;
      }
    }
  }

  private deliver(
    { arn: subscriptionArn, topicArn, protocol, endpoint, attributes }: Subscription,
    notification: Notification,
  ): void {
    const { Message, Subject } = notification;
    const time = this.world.clock.now();
    const document = {
      Type: 'Notification',
      TopicArn: topicArn,
      ...notification,
      Timestamp: new Date(time).toISOString(),
    };
    switch (protocol) {
      case 'lambda':
        return this.ports.functions.invokeAsync(endpoint, {
          Records: [
            { EventSource: 'aws:sns', EventVersion: '1.0', EventSubscriptionArn: subscriptionArn, Sns: document },
          ],
        });
      case 'sqs': {
        const raw = attributes.RawMessageDelivery === 'true';
        return this.ports.queues.send(endpoint, raw ? Message : JSON.stringify(document));
      }
      default:
        this.sentOutside.push({ time, topicArn, protocol, endpoint, subject: Subject, message: Message });
        if (this.sentOutside.length > MAXIMUM_SENT) this.sentOutside.shift();
    }
  }

  private describe({ arn: SubscriptionArn, topicArn, protocol, endpoint }: Subscription): sns.Subscription {
    return { SubscriptionArn, TopicArn: topicArn, Protocol: protocol, Endpoint: endpoint, Owner: this.world.accountId };
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message, 400);
}
