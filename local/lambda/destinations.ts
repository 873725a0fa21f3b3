import type { EventSink } from '../world';
import type { DelegatedCalls, FunctionInvoker, MessageSender, TopicPublisher } from '../ports';

/** Where the outcomes of asynchronous invocations may go. */
export interface DestinationPorts {
  readonly queues: MessageSender;
  readonly topics: TopicPublisher;
  readonly functions: FunctionInvoker;
  readonly events: EventSink;
  readonly delegated?: DelegatedCalls;
}

/** The record that a destination gets. */
export interface InvocationRecord {
  readonly version: '1.0';
  readonly timestamp: string;
  readonly requestContext: {
    readonly requestId: string;
    readonly functionArn: string;
    readonly condition: 'Success' | 'RetriesExhausted' | 'EventAgeExceeded';
    readonly approximateInvokeCount: number;
  };
  readonly requestPayload: unknown;
  readonly responseContext?: { statusCode: number; executedVersion: string; functionError?: string };
  readonly responsePayload?: unknown;
}

/** What Lambda does with the rights of the function's role to reach each kind of destination. */
const CALLS: Readonly<Record<string, (arn: string) => [operation: string, input: object]>> = {
  sqs: (arn) => ['SendMessage', { QueueArn: arn }],
  sns: (arn) => ['Publish', { TopicArn: arn }],
  lambda: (arn) => ['Invoke', { FunctionName: arn }],
  events: (arn) => ['PutEvents', { Entries: [{ EventBusName: arn, Source: 'lambda' }] }],
};

function noteCall({ delegated }: DestinationPorts, roleArn: string, targetArn: string): void {
  const service = targetArn.split(':')[2]!;
  const call = CALLS[service]?.(targetArn);
  if (call) delegated?.note(roleArn, service, ...call);
}

/** Sends a record to a queue, topic, function or the default event bus. */
export function sendToDestination(
  ports: DestinationPorts,
  roleArn: string,
  destinationArn: string,
  record: InvocationRecord,
): void {
  noteCall(ports, roleArn, destinationArn);
  const body = JSON.stringify(record);
  const service = destinationArn.split(':')[2];
  switch (service) {
    case 'sqs':
      return ports.queues.send(destinationArn, body);
    case 'sns':
      return ports.topics.publish(destinationArn, body);
    case 'lambda':
      return ports.functions.invokeAsync(destinationArn, record);
    case 'events': {
      const { condition, functionArn } = record.requestContext;
      const result = condition === 'Success' ? 'Success' : 'Failure';
      return ports.events.publish({
        source: 'lambda',
        detailType: `Lambda Function Invocation Result - ${result}`,
        resources: [destinationArn, functionArn],
        detail: record,
      });
    }
    default:
      throw new Error(`No destination for invocation records: ${destinationArn}`);
  }
}

/** Sends an event that could not be processed to a function's dead-letter queue or topic. */
export function sendToDeadLetters(
  ports: DestinationPorts,
  roleArn: string,
  targetArn: string,
  event: unknown,
  failure: { requestId: string; errorCode: number; errorMessage: string },
): void {
  noteCall(ports, roleArn, targetArn);
  const body = JSON.stringify(event);
  if (targetArn.split(':')[2] === 'sns') return ports.topics.publish(targetArn, body);
  ports.queues.send(targetArn, body, {
    attributes: {
      RequestID: failure.requestId,
      ErrorCode: String(failure.errorCode),
      ErrorMessage: failure.errorMessage.slice(0, 1024),
    },
  });
}
