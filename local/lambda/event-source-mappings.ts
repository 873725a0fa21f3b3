import type * as lambda from '@aws-sdk/client-lambda';
import type { DelegatedCalls } from '../ports';
import type { Random } from '../simulation/random';
import type { Queue } from '../sqs/queue';
import { md5 } from '../sqs/message-digest';
import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';
import { EventSourceMapping, sqsEvent } from './event-source-mapping';
import type { MappingConfiguration } from './event-source-mapping';
import type { LambdaFunction } from './lambda-function';

/** What Lambda asks of SQS to poll its queues. */
export interface QueueSource {
  queue(queueArn: string): Queue | undefined;
}

interface StoredMapping {
  readonly id: string;
  readonly queueArn: string;
  readonly mapping: EventSourceMapping;
  target: LambdaFunction;
  modifiedAt: number;
}

type MappingInput = Omit<lambda.UpdateEventSourceMappingRequest, 'UUID'>;

/** The event source mappings of all functions; only queues can be sources. */
export class EventSourceMappings {
  private readonly byId = new Map<string, StoredMapping>();

  /** @param find @throws ServiceError when there is no such function. */
  constructor(
    private readonly world: World,
    private readonly random: Random,
    private readonly queues: QueueSource,
    private readonly find: (functionName: string) => LambdaFunction,
    private readonly delegated?: DelegatedCalls,
  ) {}

  create(input: lambda.CreateEventSourceMappingRequest): lambda.EventSourceMappingConfiguration {
    const target = this.find(input.FunctionName!);
    const queueArn = input.EventSourceArn ?? '';
    const queue = this.queues.queue(queueArn);
    if (queueArn.split(':')[2] !== 'sqs') throw invalid('The local AWS maps only SQS queues to functions');
    if (queue === undefined) {
      throw invalid(`Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue.`);
    }
    const { visibilityTimeout, fifo } = queue.settings();
    if (visibilityTimeout < target.configuration.timeoutSeconds) {
      throw invalid(
        `Queue visibility timeout: ${visibilityTimeout} seconds is less than Function timeout: ${target.configuration.timeoutSeconds} seconds`,
      );
    }
    if ([...this.byId.values()].some((other) => other.queueArn === queueArn && other.target === target)) {
      throw new ServiceError(
        'ResourceConflictException',
        `An event source mapping with SQS arn ("${queueArn}") and function already exists.`,
        409,
      );
    }
    const configuration = configure(DEFAULT_MAPPING, input, fifo);
    const mapping = new EventSourceMapping(
      this.world.clock,
      queue,
      (messages) => stored.target.run(sqsEvent(messages, queueArn, this.world.region, md5), this.random.uuid()),
      (operation) => this.delegated?.note(target.configuration.roleArn, 'sqs', operation, { QueueArn: queueArn }),
      configuration,
    );
    const stored: StoredMapping = {
      id: this.random.uuid(),
      queueArn,
      target,
      mapping,
      modifiedAt: this.world.clock.now(),
    };
    this.byId.set(stored.id, stored);
    return this.describe(stored);
  }

  get({ UUID }: { UUID: string | undefined }): lambda.EventSourceMappingConfiguration {
    return this.describe(this.at(UUID));
  }

  list({
    EventSourceArn,
    FunctionName,
  }: lambda.ListEventSourceMappingsRequest): lambda.ListEventSourceMappingsResponse {
    const target = FunctionName === undefined ? undefined : this.find(FunctionName);
    const found = [...this.byId.values()].filter(
      (stored) =>
        (EventSourceArn === undefined || stored.queueArn === EventSourceArn) &&
        (target === undefined || stored.target === target),
    );
    return { EventSourceMappings: found.map((stored) => this.describe(stored)) };
  }

  update({ UUID, ...input }: lambda.UpdateEventSourceMappingRequest): lambda.EventSourceMappingConfiguration {
    const stored = this.at(UUID);
    const fifo = this.queues.queue(stored.queueArn)?.settings().fifo ?? false;
    const configuration = configure(stored.mapping.configuration, input, fifo);
    if (input.FunctionName !== undefined) stored.target = this.find(input.FunctionName);
    stored.mapping.configure(configuration);
    stored.modifiedAt = this.world.clock.now();
    return this.describe(stored);
  }

  delete({ UUID }: lambda.DeleteEventSourceMappingRequest): lambda.EventSourceMappingConfiguration {
    const stored = this.at(UUID);
    stored.mapping.stop();
    this.byId.delete(stored.id);
    return { ...this.describe(stored), State: 'Deleting' };
  }

  /** Its mappings cease with a function. */
  deleteOf(target: LambdaFunction): void {
    for (const stored of [...this.byId.values()]) if (stored.target === target) this.delete({ UUID: stored.id });
  }

  private at(id: string | undefined): StoredMapping {
    const stored = this.byId.get(id ?? '');
    if (stored === undefined) {
      throw new ServiceError('ResourceNotFoundException', 'The resource you requested does not exist.', 404);
    }
    return stored;
  }

  private describe({
    id,
    queueArn,
    target,
    mapping,
    modifiedAt,
  }: StoredMapping): lambda.EventSourceMappingConfiguration {
    const { batchSize, batchingWindowSeconds, maximumConcurrency, reportsBatchItemFailures, enabled } =
      mapping.configuration;
    return {
      UUID: id,
      EventSourceMappingArn: arn(this.world, 'lambda', `event-source-mapping:${id}`),
      EventSourceArn: queueArn,
      FunctionArn: target.configuration.arn,
      BatchSize: batchSize,
      MaximumBatchingWindowInSeconds: batchingWindowSeconds,
      ScalingConfig: maximumConcurrency === undefined ? undefined : { MaximumConcurrency: maximumConcurrency },
      FunctionResponseTypes: reportsBatchItemFailures ? ['ReportBatchItemFailures'] : [],
      State: enabled ? 'Enabled' : 'Disabled',
      StateTransitionReason: 'USER_INITIATED',
      LastModified: new Date(modifiedAt),
    };
  }
}

const DEFAULT_MAPPING: MappingConfiguration = {
  batchSize: 10,
  batchingWindowSeconds: 0,
  reportsBatchItemFailures: false,
  enabled: true,
};

/** @throws ServiceError as Lambda refuses what does not go together. */
function configure(base: MappingConfiguration, input: MappingInput, fifo: boolean): MappingConfiguration {
  if (input.FilterCriteria !== undefined) throw invalid('The local AWS does not filter what event sources send');
  const batchSize = input.BatchSize ?? base.batchSize;
  const batchingWindowSeconds = input.MaximumBatchingWindowInSeconds ?? base.batchingWindowSeconds;
  if (fifo && batchingWindowSeconds > 0) throw invalid('Batching window is not supported for FIFO queues');
  if (batchSize > (fifo ? 10 : 10_000)) throw invalid(`BatchSize ${batchSize} is too large`);
  if (batchSize > 10 && batchingWindowSeconds < 1) {
    throw invalid('Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10');
  }
  return {
    batchSize,
    batchingWindowSeconds,
    maximumConcurrency: input.ScalingConfig ? input.ScalingConfig.MaximumConcurrency : base.maximumConcurrency,
    reportsBatchItemFailures: input.FunctionResponseTypes
      ? input.FunctionResponseTypes.includes('ReportBatchItemFailures')
      : base.reportsBatchItemFailures,
    enabled: input.Enabled ?? base.enabled,
  };
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValueException', message);
}
