import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { BatchClient } from '@aws-sdk/client-batch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { AutoscalerConfig } from '../../lib/autoscaling/config';
import type { Outcome, Reading, StateItem } from '../dynamodb/state-item';
import { jsonLog } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import { act } from './act/act';
import { Attempts } from '../runtime/attempts';
import { decide } from './decide';
import type { Decision, Observation } from './model';
import { type Look, Observer } from './observe/observe';
import { isIdle, publishProtections, report, type ReportTo } from './report';
import { stateItem, type StoredState } from './state';

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

/** A look and what is to be done about it. */
interface Finding {
  readonly look: Look;
  readonly observation: Observation;
  readonly decision: Decision;
  readonly outcome: Outcome<StoredState>;
}

/** Looks, decides and acts on one environment. What it remembers between runs only saves calls and lines. */
export class Autoscaler {
  private readonly observer: Observer;
  private readonly item: StateItem<StoredState>;
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
    this.item = stateItem(clients.dynamo, config.tableName, config.computeEnvironmentArn);
  }

  async run({ kind, triggeredAt, deadline }: Invocation): Promise<void> {
    if (kind === 'tick' && this.idle && (await this.observer.seesNothing())) return;
    const attempts = new Attempts(jsonLog(this.write), () => this.now() < deadline - LAST_MOMENTS);
    let since = triggeredAt;
    for (let looks = 0; looks < MOST_LOOKS && attempts.timeIsLeft(); looks++) {
      const reading = await this.item.read();
      if (reading.observedAt >= since) break;
      if (reading.leaseUntil > this.now()) {
        if (await this.item.markDirty(reading)) break;
        continue;
      }
      const finding = await this.look(reading, attempts);
      const again = await this.conclude(reading, finding, deadline, attempts);
      if (again === 'done') break;
      // What had not happened before this look was not seen by it.
      if (again === 'triggered') since = finding.outcome.observedAt + 1;
    }
    attempts.throwFailures('tick');
  }

  private async look(reading: Reading<StoredState>, attempts: Attempts): Promise<Finding> {
    const observedAt = this.now();
    const before = reading.state.autoscaler;
    const look = await this.observer.look(observedAt, reading.state);
    for (const error of look.errors) attempts.failed('observe', {}, error);
    let { observation } = look;
    let decision = decide(this.config, observation, before);
    if (decision.launches.length > 0) {
      // Lists may lag: before anything is launched for jobs, each is asked whether it still waits.
      await attempts.attempt('confirm demand', {}, async () => {
        observation = { ...observation, demand: await look.confirmDemand() };
      });
      decision = decide(this.config, observation, before);
    }
    const state: StoredState = { ...look.kept, autoscaler: decision.state };
    return { look, observation, decision, outcome: { observedAt, state } };
  }

  /**
   * Does what was decided, unless somebody else has written or acted since the state was read.
   *
   * @returns `triggered` when a trigger came while it was acting, `overtaken` when somebody else was first
   */
  private async conclude(
    reading: Reading<StoredState>,
    { look, observation, decision, outcome }: Finding,
    deadline: number,
    attempts: Attempts,
  ): Promise<'done' | 'triggered' | 'overtaken'> {
    const { config, clients, item } = this;
    const log = jsonLog(this.write, { time: new Date(outcome.observedAt).toISOString() });
    const to: ReportTo = { config, log, write: this.write };
    // Before it is written down that they are known.
    await attempts.attempt('publish', {}, () => publishProtections(clients.events, to, decision.protections));
    const lease = isNothing(decision)
      ? await item.keep(reading, outcome)
      : await item.take(reading, outcome, deadline + LEASE_MARGIN);
    if (!lease) return 'overtaken';
    this.idle = attempts.failures.length === 0 && isIdle(config, observation, decision);
    if (!this.idle) report(to, observation, decision, this.misfits);
    this.misfits = new Set(decision.misfits.map(({ jobId }) => jobId));
    if (lease === true) return 'done';
    await act({ config, clients, look, log, attempts }, decision);
    return (await lease.release()) ? 'triggered' : 'done';
  }

  private now(): number {
    return this.clock.now().getTime();
  }
}

function isNothing({ launches, resets, drains, undrains, terminations }: Decision): boolean {
  return [launches, resets, drains, undrains, terminations].every((actions) => actions.length === 0);
}
