import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { BatchClient } from '@aws-sdk/client-batch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { AutoscalerConfig } from '../../lib/autoscaling/config';
import { errorFields, jsonLog } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import { act } from './act/act';
import { Attempts } from './attempts';
import { decide } from './decide';
import type { Decision, Observation } from './model';
import { type Look, Observer } from './observe/observe';
import { isIdle, publishProtections, report, type ReportTo } from './report';
import { type Lease, StateItem, type StoredState } from './state-item';

export interface Clients {
  readonly autoScaling: AutoScalingClient;
  readonly batch: BatchClient;
  readonly dynamo: DynamoDBClient;
  readonly ecs: ECSClient;
  readonly events: EventBridgeClient;
}

/** A lease outlives the invocation that holds it, so that nobody acts on a lease that another has taken. */
const LEASE_MARGIN = 2_000;
/** Nothing is begun in the last moments before the function is stopped. */
const LAST_MOMENTS = 5_000;
/** Triggers that come while the world is being looked at are answered by looking again, but not for ever. */
const MOST_LOOKS = 3;

export interface Invocation {
  readonly kind: 'tick' | 'events';
  /** When the cause happened, at the latest. */
  readonly triggeredAt: number;
  /** When the function is stopped. */
  readonly deadline: number;
}

interface Outcome {
  readonly observedAt: number;
  readonly state: StoredState;
  readonly failures: readonly unknown[];
}

/** Looks, decides and acts under the environment's lease. What it remembers between runs only saves calls and lines. */
export class Autoscaler {
  private readonly observer: Observer;
  private readonly item: StateItem;
  /** Whether the last run in this execution environment found nothing and left nothing. */
  private idle = false;
  private misfits: ReadonlySet<string> = new Set();

  constructor(
    private readonly config: AutoscalerConfig,
    private readonly clients: Clients,
    private readonly clock: Clock,
    private readonly write: (line: string) => void,
  ) {
    this.observer = new Observer(config, clients);
    this.item = new StateItem(clients.dynamo, config.tableName, config.computeEnvironmentArn);
  }

  async run({ kind, triggeredAt, deadline }: Invocation): Promise<void> {
    // With nothing waiting and nothing running there is nothing to decide, and nobody to keep from deciding.
    if (kind === 'tick' && this.idle && (await this.observer.seesNothing())) return;
    const failures: unknown[] = [];
    let since = triggeredAt;
    for (let looks = 0; looks < MOST_LOOKS && this.timeIsLeft(deadline); looks++) {
      const lease = await this.item.acquire(this.now(), deadline + LEASE_MARGIN, since);
      if (lease === 'stale' || lease === 'held') break;
      const outcome = await this.lookAndAct(lease, deadline);
      failures.push(...outcome.failures);
      const again = await lease.release(outcome);
      if (!again) break;
      since = outcome.observedAt + 1;
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, `${failures.length} steps failed and are left to the next tick`);
    }
  }

  private async lookAndAct(lease: Lease, deadline: number): Promise<Outcome> {
    const { config, clients } = this;
    const observedAt = this.now();
    const log = jsonLog(this.write, { time: new Date(observedAt).toISOString() });
    const attempts = new Attempts(log, () => this.timeIsLeft(deadline));
    const look = await this.observer.look(observedAt, lease.state);
    for (const error of look.errors) log.error('incomplete observation', errorFields(error));

    const { observation, decision } = await this.decide(look, lease.state, attempts);
    const state: StoredState = { ...look.kept, autoscaler: decision.state };
    const to: ReportTo = { config, log, write: this.write };
    this.idle = look.errors.length === 0 && isIdle(config, observation, decision);
    if (!this.idle) report(to, observation, decision, this.misfits);
    this.misfits = new Set(decision.misfits.map(({ jobId }) => jobId));

    await attempts.attempt('publish', {}, () => publishProtections(clients.events, to, decision.protections));
    // A drain that nobody remembers would be taken for somebody else's, and its instance never be terminated.
    if (decision.drains.length > 0) await lease.save(state);
    await act({ config, clients, look, log, attempts }, decision);
    return { observedAt, state, failures: [...look.errors, ...attempts.failures] };
  }

  /** Lists may lag: before anything is launched for jobs, each is asked whether it still waits. */
  private async decide(
    look: Look,
    { autoscaler: before }: StoredState,
    attempts: Attempts,
  ): Promise<{ observation: Observation; decision: Decision }> {
    let { observation } = look;
    const decision = decide(this.config, observation, before);
    if (decision.launches.length === 0) return { observation, decision };
    await attempts.attempt('confirm demand', {}, async () => {
      observation = { ...observation, demand: await look.confirmDemand() };
    });
    return { observation, decision: decide(this.config, observation, before) };
  }

  private now(): number {
    return this.clock.now().getTime();
  }

  private timeIsLeft(deadline: number): boolean {
    return this.now() < deadline - LAST_MOMENTS;
  }
}
