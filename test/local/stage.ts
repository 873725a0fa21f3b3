import { CloudWatchService } from '../../local/cloud-watch/cloud-watch-service';
import { DynamoDbService } from '../../local/dynamodb/dynamodb-service';
import { EventBridgeService } from '../../local/event-bridge/event-bridge-service';
import type { FaultPlan } from '../../local/faults/fault-plan';
import { FaultSchedule } from '../../local/faults/fault-schedule';
import { LambdaService } from '../../local/lambda/lambda-service';
import type { CreateHandler, HandlerRuntime, InvocationContext } from '../../local/lambda/runtime';
import { LogsService } from '../../local/logs/logs-service';
import type { FunctionInvoker, TopicPublisher } from '../../local/ports';
import { SchedulerService } from '../../local/scheduler/scheduler-service';
import { DEFAULT_SETTINGS } from '../../local/settings';
import type { Settings } from '../../local/settings';
import { Activities } from '../../local/simulation/activities';
import { Random } from '../../local/simulation/random';
import { VirtualClock } from '../../local/simulation/virtual-clock';
import { SnsService } from '../../local/sns/sns-service';
import { SqsService } from '../../local/sqs/sqs-service';
import { SsmService } from '../../local/ssm/ssm-service';
import { StsService } from '../../local/sts/sts-service';
import { CallLog } from '../../local/wire/call-log';
import { clientSettings, InProcessRequestHandler } from '../../local/wire/in-process';
import { Router } from '../../local/wire/router';
import type { World } from '../../local/world';

export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
export const START = Date.UTC(2026, 0, 1);
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/tester`;

export interface StageOptions {
  readonly start?: number;
  readonly seed?: number;
  readonly settings?: Partial<Settings>;
  readonly faults?: FaultPlan;
}

/** The services around events and functions, behind the real router, with handlers given as plain functions. */
export class Stage {
  readonly activities = new Activities();
  readonly clock: VirtualClock;
  readonly faults = new FaultSchedule();
  readonly calls = new CallLog();
  readonly logs: LogsService;
  readonly events: EventBridgeService;
  readonly lambda: LambdaService;
  readonly sns: SnsService;
  readonly sqs: SqsService;
  readonly cloudWatch: CloudWatchService;
  /** What functions put to presigned addresses. */
  readonly puts: { url: string; body: string }[] = [];
  private readonly router: Router;
  private readonly handlers = new Map<string, CreateHandler>();

  constructor({ start = START, seed = 1, settings, faults }: StageOptions = {}) {
    if (faults) this.faults.set(faults);
    this.clock = new VirtualClock(start, this.activities);
    const surroundings = {
      clock: this.clock,
      random: new Random(seed),
      settings: { ...DEFAULT_SETTINGS, eventLatencyMilliseconds: 0, ...settings },
      accountId: ACCOUNT,
      region: REGION,
    };
    const world: World = { ...surroundings, events: { publish: (event) => this.events.publish(event) } };
    const topics: TopicPublisher = { publish: (...message) => this.sns.publish(...message) };
    const functions: FunctionInvoker = {
      invoke: (...invocation) => this.lambda.invoke(...invocation),
      invokeAsync: (...invocation) => this.lambda.invokeAsync(...invocation),
    };
    this.router = new Router(world, this.activities, this.faults, this.calls);
    this.logs = new LogsService(world);
    this.cloudWatch = new CloudWatchService(world, { topics, functions, logs: this.logs });
    this.sqs = new SqsService(world, this.cloudWatch);
    this.sns = new SnsService(world, { queues: this.sqs, functions });
    this.events = new EventBridgeService(surroundings, {
      faults: this.faults,
      metrics: this.cloudWatch,
      functions,
      queues: this.sqs,
      topics,
      logs: this.logs,
    });
    this.lambda = new LambdaService(world, {
      activities: this.activities,
      transport: {
        clientSettingsFor: (caller, activity) =>
          clientSettings(REGION, new InProcessRequestHandler(this.router, caller, activity)),
      },
      logs: this.logs,
      delegated: { note: () => {} },
      responses: { put: async (url, body) => void this.puts.push({ url, body }) },
      faults: this.faults,
      code: { directory: (_bucket, key) => (this.handlers.has(key) ? key : undefined) },
      metrics: this.cloudWatch,
      queues: this.sqs,
      topics,
      load: (directory) => this.handlers.get(directory)!,
    });
    const scheduler = new SchedulerService(world, {
      api: this.router,
      queues: this.sqs,
      activities: this.activities,
      faults: this.faults,
    });
    const others = [new DynamoDbService(world), new SsmService(world), new StsService(world)];
    for (const { api } of [
      this.logs,
      this.cloudWatch,
      this.sqs,
      this.sns,
      this.events,
      this.lambda,
      scheduler,
      ...others,
    ]) {
      this.router.add(api);
    }
  }

  /** Calls an operation as a client would, but without the wire. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the shapes of all operations
  call(service: string, operation: string, input: object = {}): Promise<any> {
    return this.router.call({ principalArn: ROLE }, service, operation, input);
  }

  /** An SDK client whose calls are no part of the simulation. */
  client<C>(Client: new (settings: never) => C): C {
    const handler = new InProcessRequestHandler(this.router, { principalArn: ROLE });
    return new Client(clientSettings(REGION, handler) as never);
  }

  /** Lets virtual time pass until the promise is settled, for an hour at most. */
  async finish<T>(operation: Promise<T>): Promise<T> {
    let settled = false;
    const done = operation.finally(() => (settled = true));
    done.catch(() => {});
    await this.clock.runUntilHolds(() => settled, this.clock.now() + 3_600_000);
    return done;
  }

  seconds(): number {
    return (this.clock.now() - START) / 1000;
  }

  /** Makes code that functions can be created from. */
  code(key: string, createHandler: CreateHandler): { S3Bucket: string; S3Key: string } {
    this.handlers.set(key, createHandler);
    return { S3Bucket: 'assets', S3Key: key };
  }

  /** Makes a function. @returns its ARN */
  async function(
    name: string,
    handle: (event: never, runtime: HandlerRuntime, context: InvocationContext) => unknown,
    configuration: object = {},
  ): Promise<string> {
    const createHandler: CreateHandler = (runtime) => async (event, context) =>
      handle(event as never, runtime, context);
    const { FunctionArn } = (await this.call('lambda', 'CreateFunction', {
      FunctionName: name,
      Role: ROLE,
      Runtime: 'nodejs20.x',
      Handler: 'index.handler',
      Code: this.code(name, createHandler),
      ...configuration,
    })) as { FunctionArn: string };
    return FunctionArn;
  }

  /** Makes a queue. @returns its ARN */
  async queue(name: string, attributes: Record<string, string> = {}): Promise<string> {
    await this.call('sqs', 'CreateQueue', { QueueName: name, Attributes: attributes });
    return `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  }

  async send(queue: string, body: string, options: object = {}): Promise<void> {
    await this.call('sqs', 'SendMessage', { QueueUrl: queue, MessageBody: body, ...options });
  }

  /** Takes up to ten messages out of a queue. */
  async receive(queue: string): Promise<{ body: string; attributes: Record<string, string> }[]> {
    const { Messages = [] } = (await this.call('sqs', 'ReceiveMessage', {
      QueueUrl: queue,
      MaxNumberOfMessages: 10,
      MessageAttributeNames: ['All'],
    })) as {
      Messages?: {
        Body: string;
        ReceiptHandle: string;
        MessageAttributes?: Record<string, { StringValue: string }>;
      }[];
    };
    for (const { ReceiptHandle } of Messages) {
      await this.call('sqs', 'DeleteMessage', { QueueUrl: queue, ReceiptHandle });
    }
    return Messages.map(({ Body, MessageAttributes = {} }) => ({
      body: Body,
      attributes: Object.fromEntries(
        Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]),
      ),
    }));
  }
}
