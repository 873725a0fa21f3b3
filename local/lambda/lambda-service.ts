import * as lambda from '@aws-sdk/client-lambda';
import type {
  CodeStore,
  FunctionInvoker,
  InvocationOutcome,
  MessageSender,
  MetricSink,
  TopicPublisher,
} from '../ports';
import type { Service } from '../wire/service';
import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';
import { AsynchronousInvocations, DEFAULT_EVENT_INVOKE_CONFIG, errorPayload } from './asynchronous-invocations';
import type { EventInvokeConfig } from './asynchronous-invocations';
import { EventSourceMappings } from './event-source-mappings';
import type { QueueSource } from './event-source-mappings';
import type { Host } from './execution-environment';
import { configured, describeConfiguration } from './function-configuration';
import { LambdaFunction } from './lambda-function';
import { loadBundle } from './runtime';
import type { CodeLoader } from './runtime';

const SYNCHRONOUS_PAYLOAD_BYTES = 6_291_556;
const ASYNCHRONOUS_PAYLOAD_BYTES = 1_048_576;

export interface LambdaPorts extends Omit<Host, 'world' | 'load'> {
  readonly code: CodeStore;
  readonly metrics: MetricSink;
  readonly queues: MessageSender & QueueSource;
  readonly topics: TopicPublisher;
  /** @default loads `createHandler` from the directory's file */
  readonly load?: CodeLoader;
}

interface StoredFunction {
  readonly target: LambdaFunction;
  readonly tags: Record<string, string>;
  readonly policy: Map<string, object>;
  eventInvokeConfig?: EventInvokeConfig & { modifiedAt: number };
}

/** AWS Lambda, for handlers that are bundled as this project bundles them. */
export class LambdaService implements FunctionInvoker {
  readonly api: Service;
  private readonly functions = new Map<string, StoredFunction>();
  private readonly mappings: EventSourceMappings;
  private readonly asynchronous: AsynchronousInvocations;
  private readonly host: Host;
  private readonly random;

  constructor(
    private readonly world: World,
    private readonly ports: LambdaPorts,
  ) {
    this.random = world.random.fork();
    this.host = { ...ports, world, load: ports.load ?? loadBundle };
    this.asynchronous = new AsynchronousInvocations(world.clock, {
      queues: ports.queues,
      topics: ports.topics,
      functions: this,
      events: world.events,
      delegated: ports.delegated,
    });
    const { queues, delegated } = ports;
    this.mappings = new EventSourceMappings(
      world,
      this.random.fork(),
      queues,
      (name) => this.at(name).target,
      delegated,
    );
    this.api = {
      signingName: 'lambda',
      protocol: 'restJson1',
      sdk: lambda,
      operations: {
        ...this.functionOperations(),
        ...this.invocationOperations(),
        ...this.permissionOperations(),
        CreateEventSourceMapping: (input: lambda.CreateEventSourceMappingRequest) => this.mappings.create(input),
        GetEventSourceMapping: (input: lambda.GetEventSourceMappingRequest) => this.mappings.get(input),
        ListEventSourceMappings: (input: lambda.ListEventSourceMappingsRequest) => this.mappings.list(input),
        UpdateEventSourceMapping: (input: lambda.UpdateEventSourceMappingRequest) => this.mappings.update(input),
        DeleteEventSourceMapping: (input: lambda.DeleteEventSourceMappingRequest) => this.mappings.delete(input),
      },
    };
  }

  invokeAsync(functionArn: string, event: unknown): void {
    const stored = this.at(functionArn);
    const config = (): EventInvokeConfig => stored.eventInvokeConfig ?? DEFAULT_EVENT_INVOKE_CONFIG;
    this.asynchronous.enqueue(stored.target, config, event, this.random.uuid());
  }

  async invoke(functionArn: string, event: unknown): Promise<InvocationOutcome> {
    return this.at(functionArn).target.run(event, this.random.uuid());
  }

  private functionOperations(): Service['operations'] {
    return {
      CreateFunction: (input: lambda.CreateFunctionRequest) => this.createFunction(input),
      GetFunction: ({ FunctionName }: lambda.GetFunctionRequest): lambda.GetFunctionResponse => {
        const { target, tags } = this.at(FunctionName);
        const reserved = target.reservedConcurrency;
        return {
          Configuration: describeConfiguration(target.configuration),
          Code: { RepositoryType: 'S3', Location: `file://${target.configuration.codeDirectory}` },
          Tags: tags,
          Concurrency: reserved === undefined ? undefined : { ReservedConcurrentExecutions: reserved },
        };
      },
      GetFunctionConfiguration: ({ FunctionName }: lambda.GetFunctionConfigurationRequest) =>
        describeConfiguration(this.at(FunctionName).target.configuration),
      ListFunctions: (): lambda.ListFunctionsResponse => ({
        Functions: [...this.functions.values()].map(({ target }) => describeConfiguration(target.configuration)),
      }),
      UpdateFunctionCode: ({ FunctionName, ...code }: lambda.UpdateFunctionCodeRequest) =>
        this.update(FunctionName, { codeDirectory: this.codeDirectory(code) }),
      UpdateFunctionConfiguration: ({ FunctionName, ...input }: lambda.UpdateFunctionConfigurationRequest) =>
        this.update(FunctionName, configured(this.at(FunctionName).target.configuration, input)),
      DeleteFunction: ({ FunctionName }: lambda.DeleteFunctionRequest): lambda.DeleteFunctionResponse => {
        const { target } = this.at(FunctionName);
        this.mappings.deleteOf(target);
        this.functions.delete(target.configuration.name);
        return { StatusCode: 204 };
      },
      PutFunctionConcurrency: (input: lambda.PutFunctionConcurrencyRequest): lambda.Concurrency => {
        const { FunctionName, ReservedConcurrentExecutions } = input;
        this.at(FunctionName).target.reservedConcurrency = ReservedConcurrentExecutions;
        return { ReservedConcurrentExecutions };
      },
      GetFunctionConcurrency: ({ FunctionName }: lambda.GetFunctionConcurrencyRequest): lambda.Concurrency => ({
        ReservedConcurrentExecutions: this.at(FunctionName).target.reservedConcurrency,
      }),
      DeleteFunctionConcurrency: ({ FunctionName }: lambda.DeleteFunctionConcurrencyRequest) => {
        this.at(FunctionName).target.reservedConcurrency = undefined;
      },
      ListTags: ({ Resource }: lambda.ListTagsRequest): lambda.ListTagsResponse => ({ Tags: this.at(Resource).tags }),
      TagResource: ({ Resource, Tags }: lambda.TagResourceRequest) => void Object.assign(this.at(Resource).tags, Tags),
      UntagResource: ({ Resource, TagKeys }: lambda.UntagResourceRequest) => {
        for (const key of TagKeys ?? []) delete this.at(Resource).tags[key];
      },
    };
  }

  private invocationOperations(): Service['operations'] {
    return {
      Invoke: (input: lambda.InvocationRequest) => this.invokeForApi(input),
      PutFunctionEventInvokeConfig: (input: lambda.PutFunctionEventInvokeConfigRequest) =>
        this.putEventInvokeConfig(input, DEFAULT_EVENT_INVOKE_CONFIG),
      UpdateFunctionEventInvokeConfig: (input: lambda.UpdateFunctionEventInvokeConfigRequest) =>
        this.putEventInvokeConfig(input, this.eventInvokeConfig(input.FunctionName)),
      GetFunctionEventInvokeConfig: ({ FunctionName }: lambda.GetFunctionEventInvokeConfigRequest) =>
        describeEventInvokeConfig(this.at(FunctionName).target, this.eventInvokeConfig(FunctionName)),
      DeleteFunctionEventInvokeConfig: ({ FunctionName }: lambda.DeleteFunctionEventInvokeConfigRequest) => {
        this.eventInvokeConfig(FunctionName);
        this.at(FunctionName).eventInvokeConfig = undefined;
      },
    };
  }

  private permissionOperations(): Service['operations'] {
    return {
      AddPermission: ({ FunctionName, ...input }: lambda.AddPermissionRequest): lambda.AddPermissionResponse => {
        const { target, policy } = this.at(FunctionName);
        if (policy.has(input.StatementId!)) {
          throw new ServiceError(
            'ResourceConflictException',
            `The statement id (${input.StatementId}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
            409,
          );
        }
        const statement = policyStatement(input, target.configuration.arn);
        policy.set(input.StatementId!, statement);
        return { Statement: JSON.stringify(statement) };
      },
      RemovePermission: ({ FunctionName, StatementId }: lambda.RemovePermissionRequest) => {
        if (!this.at(FunctionName).policy.delete(StatementId!)) {
          throw notFound(`Statement ${StatementId} is not found in resource policy.`);
        }
      },
      GetPolicy: ({ FunctionName }: lambda.GetPolicyRequest): lambda.GetPolicyResponse => {
        const { policy } = this.at(FunctionName);
        if (policy.size === 0) throw notFound('The resource you requested does not exist.');
        return { Policy: JSON.stringify({ Version: '2012-10-17', Id: 'default', Statement: [...policy.values()] }) };
      },
    };
  }

  private at(nameOrArn: string | undefined): StoredFunction {
    const name = functionName(nameOrArn ?? '');
    const stored = this.functions.get(name);
    if (stored === undefined) throw notFound(`Function not found: ${arn(this.world, 'lambda', `function:${name}`)}`);
    return stored;
  }

  private createFunction(input: lambda.CreateFunctionRequest): lambda.FunctionConfiguration {
    const name = functionName(input.FunctionName!);
    if (this.functions.has(name)) {
      throw new ServiceError('ResourceConflictException', `Function already exist: ${name}`, 409);
    }
    if (input.PackageType === 'Image' || input.Handler === undefined) {
      throw invalid('The local AWS runs only functions that are zip packages with a handler');
    }
    const configuration = configured(
      {
        name,
        arn: arn(this.world, 'lambda', `function:${name}`),
        roleArn: input.Role!,
        handler: input.Handler,
        codeDirectory: this.codeDirectory(input.Code ?? {}),
        timeoutSeconds: 3,
        memoryMiB: 128,
        environment: {},
        logGroup: `/aws/lambda/${name}`,
        description: '',
        architectures: input.Architectures ?? ['x86_64'],
        lastModified: this.world.clock.now(),
        revisionId: this.random.uuid(),
      },
      input,
    );
    const target = new LambdaFunction(configuration, this.host, this.ports.metrics, this.random.fork());
    this.functions.set(name, { target, tags: { ...input.Tags }, policy: new Map() });
    return describeConfiguration(configuration);
  }

  private codeDirectory({ S3Bucket, S3Key }: { S3Bucket?: string; S3Key?: string }): string {
    if (S3Bucket === undefined || S3Key === undefined) {
      throw invalid('The local AWS runs only code that is an asset of a CDK app: S3Bucket and S3Key are needed');
    }
    const directory = this.ports.code.directory(S3Bucket, S3Key);
    if (directory === undefined) {
      throw invalid(
        'Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.',
      );
    }
    return directory;
  }

  private update(name: string | undefined, changes: object): lambda.FunctionConfiguration {
    const { target } = this.at(name);
    const configuration = {
      ...target.configuration,
      ...changes,
      lastModified: this.world.clock.now(),
      revisionId: this.random.uuid(),
    };
    target.update(configuration);
    return describeConfiguration(configuration);
  }

  private async invokeForApi(input: lambda.InvocationRequest): Promise<lambda.InvocationResponse> {
    const { FunctionName, InvocationType = 'RequestResponse', Payload = new Uint8Array() } = input;
    const { target } = this.at(FunctionName);
    const limit = InvocationType === 'Event' ? ASYNCHRONOUS_PAYLOAD_BYTES : SYNCHRONOUS_PAYLOAD_BYTES;
    if (Payload.length > limit) {
      throw new ServiceError(
        'RequestTooLargeException',
        `${Payload.length} byte payload is too large (limit ${limit} bytes)`,
        413,
      );
    }
    const event = parsePayload(Payload);
    if (InvocationType === 'DryRun') return { StatusCode: 204 };
    if (InvocationType === 'Event') {
      this.invokeAsync(target.configuration.arn, event);
      return { StatusCode: 202 };
    }
    const outcome = await target.run(event, this.random.uuid());
    if (outcome.status === 'throttled') {
      throw new ServiceError('TooManyRequestsException', 'Rate Exceeded.', 429, {
        Reason: 'ReservedFunctionConcurrentInvocationLimitExceeded',
      });
    }
    const failed = outcome.status === 'failed';
    return {
      StatusCode: 200,
      ExecutedVersion: '$LATEST',
      FunctionError: failed ? 'Unhandled' : undefined,
      Payload: Buffer.from(JSON.stringify(failed ? errorPayload(outcome) : outcome.result)) as never,
    };
  }

  private eventInvokeConfig(name: string | undefined): EventInvokeConfig & { modifiedAt: number } {
    const { target, eventInvokeConfig } = this.at(name);
    if (eventInvokeConfig !== undefined) return eventInvokeConfig;
    throw notFound(`The function ${target.configuration.arn}:$LATEST doesn't have an EventInvokeConfig`);
  }

  private putEventInvokeConfig(
    input: lambda.PutFunctionEventInvokeConfigRequest,
    base: EventInvokeConfig,
  ): lambda.FunctionEventInvokeConfig {
    const stored = this.at(input.FunctionName);
    const { OnSuccess, OnFailure } = input.DestinationConfig ?? {};
    stored.eventInvokeConfig = {
      maximumRetryAttempts: input.MaximumRetryAttempts ?? base.maximumRetryAttempts,
      maximumEventAgeSeconds: input.MaximumEventAgeInSeconds ?? base.maximumEventAgeSeconds,
      onSuccessArn: OnSuccess?.Destination ?? base.onSuccessArn,
      onFailureArn: OnFailure?.Destination ?? base.onFailureArn,
      modifiedAt: this.world.clock.now(),
    };
    return describeEventInvokeConfig(stored.target, stored.eventInvokeConfig);
  }
}

function describeEventInvokeConfig(
  target: LambdaFunction,
  config: EventInvokeConfig & { modifiedAt: number },
): lambda.FunctionEventInvokeConfig {
  return {
    FunctionArn: `${target.configuration.arn}:$LATEST`,
    LastModified: new Date(config.modifiedAt),
    MaximumRetryAttempts: config.maximumRetryAttempts,
    MaximumEventAgeInSeconds: config.maximumEventAgeSeconds,
    DestinationConfig: {
      OnSuccess: { Destination: config.onSuccessArn },
      OnFailure: { Destination: config.onFailureArn },
    },
  };
}

function policyStatement(input: Omit<lambda.AddPermissionRequest, 'FunctionName'>, functionArn: string): object {
  const { StatementId, Action, Principal = '', SourceArn, SourceAccount } = input;
  return {
    Sid: StatementId,
    Effect: 'Allow',
    Principal: Principal.endsWith('.amazonaws.com') ? { Service: Principal } : { AWS: Principal },
    Action,
    Resource: functionArn,
    Condition: {
      ...(SourceArn !== undefined && { ArnLike: { 'AWS:SourceArn': SourceArn } }),
      ...(SourceAccount !== undefined && { StringEquals: { 'AWS:SourceAccount': SourceAccount } }),
    },
  };
}

function parsePayload(payload: Uint8Array): unknown {
  if (payload.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(payload).toString());
  } catch (error) {
    throw new ServiceError(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${String(error)}`,
    );
  }
}

/** Of a name, a partial ARN (`account:function:name`) or an ARN, any of them with a version. */
function functionName(nameOrArn: string): string {
  return /(?:^|:)function:([^:]+)/.exec(nameOrArn)?.[1] ?? nameOrArn.split(':')[0]!;
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message, 404);
}

function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterValueException', message);
}
