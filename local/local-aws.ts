import type { DeployedStack, DeployOptions } from './cloud-formation/cloud-formation';
import { instanceHistories } from './ecs/instance-history';
import type { FaultPlan } from './faults/fault-plan';
import { FaultSchedule } from './faults/fault-schedule';
import type { ClientTransport, DelegatedCalls } from './ports';
import { createServices } from './services';
import type { ServiceOptions, Services } from './services';
import { DEFAULT_SETTINGS } from './settings';
import type { Settings } from './settings';
import { Activities } from './simulation/activities';
import type { SimulationClock } from './simulation/clock';
import { Random } from './simulation/random';
import { RealClock } from './simulation/real-clock';
import { VirtualClock } from './simulation/virtual-clock';
import type { LocalState } from './state';
import { CallLog } from './wire/call-log';
import { clientSettings, InProcessRequestHandler } from './wire/in-process';
import type { WireAnswer, WireRequest } from './wire/message';
import { Router } from './wire/router';
import type { Caller } from './wire/service';

export interface LocalAwsOptions extends ServiceOptions {
  /** @default 'virtual' */
  readonly clock?: 'virtual' | 'real';
  /** How many seconds pass in one on a real clock: a whole number. @default 1 */
  readonly speed?: number;
  /** Where a virtual clock starts, in milliseconds since the epoch. @default 2026-01-01T00:00:00Z */
  readonly start?: number;
  /** The same seed and the same calls give the same history. @default 1 */
  readonly seed?: number;
  readonly settings?: Partial<Settings>;
  readonly faults?: FaultPlan;
  /** @default '123456789012' */
  readonly accountId?: string;
  /** @default 'us-east-1' */
  readonly region?: string;
  /** Told of what goes wrong on a real clock, where nobody awaits it. @default throws */
  readonly onError?: (error: unknown) => void;
}

const DEFAULT_START = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;

/** An AWS account and region in one process: the services, a clock, faults, and doors for clients. */
export class LocalAws {
  readonly clock: SimulationClock;
  /** The same clock, when it is one that can be moved. */
  readonly virtualClock?: VirtualClock;
  readonly faults = new FaultSchedule();
  /** Which API calls were made. */
  readonly calls = new CallLog();
  readonly services: Services;
  private readonly accountId: string;
  private readonly region: string;
  private readonly router: Router;

  constructor(options: LocalAwsOptions = {}) {
    const { seed = 1, accountId = '123456789012', region = 'us-east-1', start = DEFAULT_START } = options;
    this.accountId = accountId;
    this.region = region;
    const activities = new Activities();
    if (options.clock === 'real') {
      this.clock = new RealClock(options.onError ?? raise, options.speed);
    } else {
      this.clock = this.virtualClock = new VirtualClock(start, activities);
    }
    const world = {
      clock: this.clock,
      random: new Random(seed),
      settings: { ...DEFAULT_SETTINGS, ...options.settings },
      accountId,
      region,
    };
    this.router = new Router(world, activities, this.faults, this.calls);
    const transport: ClientTransport = {
      clientSettingsFor: (caller, activity) =>
        clientSettings(region, new InProcessRequestHandler(this.router, caller, activity)),
    };
    const delegated: DelegatedCalls = {
      note: (principalArn, service, operation, input) =>
        this.calls.addDelegated({ time: this.clock.now(), service, operation, principalArn, input, outcome: 'ok' }),
    };
    this.services = createServices(world, activities, this.router, transport, this.faults, delegated, options);
    if (options.faults) this.setFaults(options.faults);
  }

  /**
   * An SDK client of this AWS. Its calls are not part of the simulation: the clock does not wait for them.
   * @param principalArn who makes the calls. @default - an administrator
   */
  client<C>(Client: new (settings: never) => C, principalArn = this.userArn('admin')): C {
    const handler = new InProcessRequestHandler(this.router, { principalArn });
    return new Client(clientSettings(this.region, handler) as never);
  }

  /** Answers a request that came by HTTP; whoever signed it is taken to be a user named after the access key. */
  answer(request: WireRequest): Promise<WireAnswer> {
    const accessKey = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? 'anonymous';
    const caller: Caller = { principalArn: this.userArn(accessKey) };
    return this.router.answer(request, caller);
  }

  /**
   * Deploys a synthesized cloud assembly; a virtual clock runs until it is done.
   * @throws DeploymentError when a stack fails.
   */
  deploy(assembly: string, options?: DeployOptions): Promise<readonly DeployedStack[]> {
    return this.finish(this.services.cloudFormation.deploy(assembly, options));
  }

  /** Deletes stacks, by default all. */
  destroy(stackNames?: readonly string[]): Promise<void> {
    return this.finish(this.services.cloudFormation.destroy(stackNames));
  }

  /**
   * Runs a virtual clock until something that takes time has ended.
   * @throws Error when that takes longer than a virtual day.
   */
  async finish<T>(operation: Promise<T>): Promise<T> {
    let settled = false;
    const done = operation.finally(() => (settled = true));
    // Awaited below; until then its failure must not count as unhandled.
    done.catch(() => {});
    const inTime = await this.virtualClock?.runUntilHolds(() => settled, this.clock.now() + DAY);
    if (inTime === false) throw new Error('It has not ended within a virtual day');
    return done;
  }

  /** What can be called, by the name that requests are signed for; DynamoDB's own operations are not told. */
  operations(): Record<string, readonly string[]> {
    return this.router.operations();
  }

  /** From now on these faults happen, and no others. */
  setFaults(plan: FaultPlan): void {
    this.faults.set(plan);
    for (const instanceId of plan.reclaim ?? []) this.services.ec2.reclaim(instanceId);
  }

  state(): LocalState {
    const { batch, cloudWatch, ec2, ecs, events, scheduler } = this.services;
    return {
      now: new Date(this.clock.now()).toISOString(),
      jobs: [...batch.jobs()],
      instances: instanceHistories(ec2, ecs),
      schedules: scheduler.report(),
      events: events.recentEvents(),
      metrics: cloudWatch.report(),
      apiCalls: this.calls.counts(),
    };
  }

  /** Ends the commands of jobs that still run: they are no part of this process, and would outlive it. */
  close(): void {
    this.services.close();
  }

  private userArn(name: string): string {
    return `arn:aws:iam::${this.accountId}:user/${name}`;
  }
}

export function createLocalAws(options?: LocalAwsOptions): LocalAws {
  return new LocalAws(options);
}

function raise(error: unknown): void {
  throw error;
}
