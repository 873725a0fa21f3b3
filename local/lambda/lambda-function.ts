import type { InvocationOutcome, MetricSink } from '../ports';
import type { Random } from '../simulation/random';
import { ExecutionEnvironment } from './execution-environment';
import type { Host, Outcome } from './execution-environment';
import type { FunctionConfiguration } from './function-configuration';

/** A function: its configuration and the execution environments that run it. */
export class LambdaFunction {
  /** How many invocations may run at a time; undefined when nothing is reserved. */
  reservedConcurrency: number | undefined;
  private idle: ExecutionEnvironment[] = [];
  private running = 0;

  constructor(
    private current: FunctionConfiguration,
    private readonly host: Host,
    private readonly metrics: MetricSink,
    private readonly random: Random,
  ) {}

  get configuration(): FunctionConfiguration {
    return this.current;
  }

  /** Invocations that run keep what they started with. */
  update(configuration: FunctionConfiguration): void {
    this.current = configuration;
    this.idle = [];
  }

  /** Runs at once, in an idle execution environment or a new one. */
  async run(event: unknown, requestId: string): Promise<Outcome | (InvocationOutcome & { status: 'throttled' })> {
    if (this.running >= (this.reservedConcurrency ?? Infinity)) {
      this.record('Throttles', 1);
      this.host.activities.stir();
      return { status: 'throttled' };
    }
    this.running++;
    const { clock } = this.host.world;
    const started = clock.now();
    const environment = this.idle.pop() ?? new ExecutionEnvironment(this.current, this.host, this.random.fork());
    const outcome = await environment.run(event, requestId);
    this.running--;
    if (environment.reusable() && environment.configuration === this.current) this.idle.push(environment);
    this.record('Invocations', 1);
    this.record('Errors', outcome.status === 'failed' ? 1 : 0);
    this.record('Duration', clock.now() - started);
    return outcome;
  }

  private record(metric: string, value: number): void {
    this.metrics.record('AWS/Lambda', metric, { FunctionName: this.current.name }, value);
  }
}
