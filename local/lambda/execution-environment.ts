import type { ClientTransport, ClockFaults, DelegatedCalls, LogSink, ResponseReceiver } from '../ports';
import type { Activities, Activity } from '../simulation/activities';
import type { Random } from '../simulation/random';
import type { World } from '../world';
import type { FunctionConfiguration } from './function-configuration';
import type { CodeLoader, Handler, HandlerRuntime, InvocationContext } from './runtime';

/** What became of an invocation that ran. */
export type Outcome =
  { status: 'succeeded'; result: unknown } | { status: 'failed'; errorType: string; error: string; trace: string[] };

/** What execution environments run on. */
export interface Host {
  readonly world: World;
  readonly activities: Activities;
  readonly transport: ClientTransport;
  readonly logs: LogSink;
  readonly delegated?: DelegatedCalls;
  readonly responses: ResponseReceiver;
  readonly faults?: ClockFaults;
  readonly load: CodeLoader;
}

interface RequestHandler {
  handle(request: unknown, options: unknown): Promise<unknown>;
}

/** One process that runs a function's code, one invocation at a time, until it crashes or the function changes. */
export class ExecutionEnvironment {
  private readonly logStream: string;
  private handler: Handler | undefined;
  private activity: Activity | undefined;
  private requestHandler: RequestHandler | undefined;
  private broken = false;

  constructor(
    readonly configuration: FunctionConfiguration,
    private readonly host: Host,
    private readonly random: Random,
  ) {
    const day = new Date(host.world.clock.now()).toISOString().slice(0, 10).replaceAll('-', '/');
    this.logStream = `${day}/[$LATEST]${random.hex(32)}`;
    this.noteLogCall('CreateLogStream');
  }

  /** Whether another invocation may run here. */
  reusable(): boolean {
    return !this.broken;
  }

  /** Resolves once the invocation has returned, failed, timed out, or crashed. */
  run(event: unknown, requestId: string): Promise<Outcome> {
    const { world, activities, transport } = this.host;
    const { name, roleArn, timeoutSeconds } = this.configuration;
    const deadline = world.clock.now() + timeoutSeconds * 1000;
    // Lambda itself writes of each invocation that it began and ended.
    this.noteLogCall('PutLogEvents');
    return new Promise((resolve) => {
      const finish = (outcome: Outcome): void => {
        if (outcome.status === 'failed') this.logFailure(requestId, outcome);
        timeout.cancel();
        activity.end();
        resolve(outcome);
      };
      const activity = activities.begin(name, () => {
        this.broken = true;
        finish(
          failure('Runtime.ExitError', `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`),
        );
      });
      const timeout = world.clock.at(deadline, () => {
        this.broken = true;
        const error = `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds}.00 seconds`;
        finish(failure('Sandbox.Timedout', error));
      });
      this.activity = activity;
      const settings = transport.clientSettingsFor({ principalArn: roleArn, functionName: name }, activity);
      this.requestHandler = (settings as { requestHandler: RequestHandler }).requestHandler;
      const ended = (outcome: Outcome): void => {
        // What a process says after it was killed is not heard.
        if (!activity.ended()) finish(outcome);
      };
      void this.handle(settings, event, this.context(requestId, deadline)).then(
        (result) => ended({ status: 'succeeded', result: result === undefined ? null : plain(result) }),
        (error: unknown) => ended(thrown(error)),
      );
    });
  }

  private async handle(settings: object, event: unknown, context: InvocationContext): Promise<unknown> {
    if (this.handler === undefined) {
      const { codeDirectory, handler } = this.configuration;
      this.handler = this.host.load(codeDirectory, handler)(this.runtime(settings));
    }
    return this.handler(plain(event), context);
  }

  private runtime(settings: object): HandlerRuntime {
    const { world, responses, faults } = this.host;
    const { name, memoryMiB, logGroup, environment } = this.configuration;
    return {
      clients: {
        ...settings,
        // Clients live as long as the environment, what they call through only as long as the invocation.
        requestHandler: {
          ...(settings as { requestHandler: object }).requestHandler,
          handle: (request: unknown, options: unknown) => this.requestHandler!.handle(request, options),
          destroy: () => {},
        },
      },
      clock: {
        now: () => new Date(world.clock.now() + (faults?.clockOffset(name) ?? 0)),
        sleep: (milliseconds) => this.activity!.sleep(world.clock, milliseconds),
      },
      random: () => this.random.next(),
      env: {
        AWS_REGION: world.region,
        AWS_DEFAULT_REGION: world.region,
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMiB),
        AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
        AWS_LAMBDA_LOG_STREAM_NAME: this.logStream,
        ...environment,
      },
      log: (line) => this.log(line),
      put: (url, body) => this.activity!.awaiting(responses.put(url, body)),
    };
  }

  private context(requestId: string, deadline: number): InvocationContext {
    const { name, arn, memoryMiB, logGroup } = this.configuration;
    return {
      awsRequestId: requestId,
      functionName: name,
      functionVersion: '$LATEST',
      invokedFunctionArn: arn,
      memoryLimitInMB: String(memoryMiB),
      logGroupName: logGroup,
      logStreamName: this.logStream,
      getRemainingTimeInMillis: () => Math.max(0, deadline - this.host.world.clock.now()),
    };
  }

  private log(line: string): void {
    this.host.logs.write(this.configuration.logGroup, this.logStream, line);
  }

  private noteLogCall(operation: string): void {
    const { roleArn, logGroup } = this.configuration;
    const input = { logGroupName: logGroup, logStreamName: this.logStream };
    this.host.delegated?.note(roleArn, 'logs', operation, input);
  }

  private logFailure(requestId: string, { errorType, error, trace }: Outcome & { status: 'failed' }): void {
    const time = new Date(this.host.world.clock.now()).toISOString();
    const document = { errorType, errorMessage: error, stack: trace };
    this.log(`${time}\t${requestId}\tERROR\tInvoke Error\t${JSON.stringify(document)}`);
  }
}

function failure(errorType: string, error: string): Outcome {
  return { status: 'failed', errorType, error, trace: [] };
}

function thrown(error: unknown): Outcome {
  if (!(error instanceof Error)) return failure(typeof error, String(error));
  return { status: 'failed', errorType: error.name, error: error.message, trace: error.stack?.split('\n') ?? [] };
}

/** Nothing but JSON passes between a function and who invokes it. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
