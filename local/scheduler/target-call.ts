import type * as scheduler from '@aws-sdk/client-scheduler';
import type { ApiCaller } from '../ports';
import { ServiceError } from '../wire/service';
import { capitalized, universalInput } from './universal-input';

/** One API call of a schedule's target. */
export interface TargetCall {
  readonly service: string;
  readonly operation: string;
  readonly input: object;
}

/** Values of the context attributes that an input may hold. */
export interface InvocationContext {
  readonly scheduleArn: string;
  /** Milliseconds since the epoch. */
  readonly scheduledTime: number;
  readonly executionId: string;
  readonly attemptNumber: number;
}

const UNIVERSAL = /^arn:aws:scheduler:::aws-sdk:([\w-]+):(\w+)$/;

/** Operations that only read cannot be universal targets. */
const READS = /^(get|describe|list|poll|receive|search|scan|query|select|read|lookup|discover|validate|batchGet)/;

/**
 * The call that a target stands for: any operation of any service, or one of the templates.
 * @throws ServiceError when the target or its input is not valid.
 */
export function targetCall(target: scheduler.Target, context: InvocationContext, api: ApiCaller): TargetCall {
  const arn = target.Arn!;
  const text = withContext(target.Input ?? '', context);
  const [, service, action] = UNIVERSAL.exec(arn) ?? [];
  if (service === undefined) return templatedCall(target, arn, text, context);
  const operation = capitalized(action!);
  const shape = api.inputShape(service, operation);
  if (shape === undefined) throw invalid(`Invalid RequestJson provided. Reason: there is no ${service}:${operation}`);
  return { service, operation, input: universalInput(shape, parseObject(text === '' ? '{}' : text)) as object };
}

/** @throws ServiceError as `CreateSchedule` refuses a target. */
export function validateTarget(target: scheduler.Target): void {
  const arn = target.Arn!;
  const [, service, action = ''] = UNIVERSAL.exec(arn) ?? [];
  if (service !== undefined) {
    if (READS.test(action)) throw invalid(`The action ${action} is not supported for universal targets`);
    return;
  }
  if (!['lambda', 'sqs', 'sns', 'events'].includes(serviceOf(arn))) throw unknownTarget(arn);
  if (serviceOf(arn) === 'events' && target.EventBridgeParameters === undefined) {
    throw invalid('EventBridgeParameters must be specified for a target that is an event bus');
  }
}

function templatedCall(target: scheduler.Target, arn: string, text: string, context: InvocationContext): TargetCall {
  switch (serviceOf(arn)) {
    case 'lambda': {
      const Payload = Buffer.from(text === '' ? defaultEvent(context) : text);
      return { service: 'lambda', operation: 'Invoke', input: { FunctionName: arn, InvocationType: 'Event', Payload } };
    }
    case 'sqs': {
      const [, , , region, account, name] = arn.split(':');
      const input = {
        QueueUrl: `https://sqs.${region}.amazonaws.com/${account}/${name}`,
        MessageBody: text === '' ? defaultEvent(context) : text,
        MessageGroupId: target.SqsParameters?.MessageGroupId,
      };
      return { service: 'sqs', operation: 'SendMessage', input };
    }
    case 'sns':
      return { service: 'sns', operation: 'Publish', input: { TopicArn: arn, Message: text } };
    case 'events': {
      const { Source, DetailType } = target.EventBridgeParameters!;
      const Entries = [{ EventBusName: arn, Source, DetailType, Detail: text === '' ? '{}' : text }];
      return { service: 'eventbridge', operation: 'PutEvents', input: { Entries } };
    }
    default:
      throw unknownTarget(arn);
  }
}

/** What a target gets whose schedule has no input. */
function defaultEvent({ scheduleArn, scheduledTime, executionId }: InvocationContext): string {
  const [, , , region, account] = scheduleArn.split(':');
  return JSON.stringify({
    version: '0',
    id: executionId,
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time: isoSeconds(scheduledTime),
    region,
    resources: [scheduleArn],
    detail: '{}',
  });
}

/** @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html */
function withContext(input: string, context: InvocationContext): string {
  const values: Readonly<Record<string, string>> = {
    'schedule-arn': context.scheduleArn,
    'scheduled-time': isoSeconds(context.scheduledTime),
    'execution-id': context.executionId,
    'attempt-number': String(context.attemptNumber),
  };
  return input.replace(/<aws\.scheduler\.([\w-]+)>/g, (attribute, name: string) => values[name] ?? attribute);
}

export function isoSeconds(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

function parseObject(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('Invalid RequestJson provided. Reason: it is not valid JSON');
  }
}

function serviceOf(arn: string): string {
  return arn.split(':')[2] ?? '';
}

function unknownTarget(arn: string): ServiceError {
  return invalid(`Provided Arn is not in correct format, or none that the local AWS knows: ${arn}`);
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
