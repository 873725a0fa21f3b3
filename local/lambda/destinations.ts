import type { EventSink } from '../world';
import type { FunctionInvoker, MessageSender, TopicPublisher } from '../ports';

/** Where the outcomes of asynchronous invocations may go. */
export interface DestinationPorts {
  readonly queues: MessageSender;
  readonly topics: TopicPublisher;
  readonly functions: FunctionInvoker;
  readonly events: EventSink;
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

/** Sends a record to a queue, topic, function or the default event bus. */
export function sendToDestination(ports: DestinationPorts, destinationArn: string, record: InvocationRecord): void {
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
  targetArn: string,
  event: unknown,
  failure: { requestId: string; errorCode: number; errorMessage: string },
): void {
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
