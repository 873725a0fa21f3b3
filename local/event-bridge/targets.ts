import type * as eventbridge from '@aws-sdk/client-eventbridge';
import type { FunctionInvoker, LogSink, MessageSender, TopicPublisher } from '../ports';
import { ServiceError } from '../wire/service';
import type { BusEvent } from './event';
import { transformInput, validateTransformer, valueAt } from './input-transformer';
import { DEFAULT_DELIVERY_POLICY } from '../delivery/retrying-delivery';
import type { DeliveryPolicy } from '../delivery/retrying-delivery';

export interface TargetPorts {
  readonly functions: FunctionInvoker;
  readonly queues: MessageSender;
  readonly topics: TopicPublisher;
  readonly logs: LogSink;
}

/** Rules that need to know themselves to render a target's input. */
export interface RuleIdentity {
  readonly name: string;
  readonly arn: string;
}

/** The text that a target gets for an event. */
export function inputOf(
  target: eventbridge.Target,
  event: BusEvent,
  rule: RuleIdentity,
  ingestionTime: string,
): string {
  if (target.Input !== undefined) return target.Input;
  if (target.InputPath !== undefined) return JSON.stringify(valueAt(event, target.InputPath) ?? null);
  const transformer = target.InputTransformer;
  if (transformer === undefined) return JSON.stringify(event);
  const { detail: _, ...withoutDetail } = event;
  return transformInput({ paths: transformer.InputPathsMap ?? {}, template: transformer.InputTemplate! }, event, {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': ingestionTime,
    'aws.events.event': withoutDetail,
    'aws.events.event.json': event,
  });
}

/** Hands an event to its target. @throws ServiceError when the target refuses. */
export function sendToTarget(ports: TargetPorts, target: eventbridge.Target, input: string, eventId: string): void {
  const arn = target.Arn!;
  switch (serviceOf(arn)) {
    case 'lambda':
      return ports.functions.invokeAsync(arn, parse(input));
    case 'sqs':
      return ports.queues.send(arn, input, { groupId: target.SqsParameters?.MessageGroupId });
    case 'sns':
      return ports.topics.publish(arn, input);
    case 'logs':
      return ports.logs.write(arn.split(':log-group:')[1]!.replace(/:\*$/, ''), eventId, input);
  }
}

const SERVICES = ['lambda', 'sqs', 'sns', 'logs', 'events'];

/** @throws ServiceError as `PutTargets` refuses. */
export function validateTarget(target: eventbridge.Target): void {
  const { Arn = '', Input, InputPath, InputTransformer } = target;
  if (!SERVICES.includes(serviceOf(Arn))) throw invalid(`The local AWS delivers no events to ${Arn}`);
  if ([Input, InputPath, InputTransformer].filter((way) => way !== undefined).length > 1) {
    throw invalid(`Only one of Input, InputPath, or InputTransformer must be provided for target ${target.Id}.`);
  }
  if (Input !== undefined) requireJson(Input);
  if (InputPath !== undefined) valueAt({}, InputPath);
  if (InputTransformer !== undefined) {
    validateTransformer({
      paths: InputTransformer.InputPathsMap ?? {},
      template: InputTransformer.InputTemplate ?? '',
    });
  }
}

export function policyOf({ RetryPolicy, DeadLetterConfig }: eventbridge.Target): DeliveryPolicy {
  return {
    maximumRetryAttempts: RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_DELIVERY_POLICY.maximumRetryAttempts,
    maximumEventAgeSeconds: RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_DELIVERY_POLICY.maximumEventAgeSeconds,
    deadLetterArn: DeadLetterConfig?.Arn,
  };
}

export function serviceOf(arn: string): string {
  return arn.split(':')[2] ?? '';
}

function parse(input: string): unknown {
  try {
    return JSON.parse(input);
  } catch {
    throw new ServiceError('INVALID_JSON', `The input of the target is not valid JSON: ${input}`);
  }
}

function requireJson(input: string): void {
  try {
    JSON.parse(input);
  } catch {
    throw invalid('JSON syntax error in input for target');
  }
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
