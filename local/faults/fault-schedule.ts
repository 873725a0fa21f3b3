import type { ClockFaults, EventFaults, LaunchFaults, VolumeFaults } from '../ports';
import { Random } from '../simulation/random';
import type { ServiceError } from '../wire/service';
import type { CallFate, CallFaultOutcome, CallFaults } from '../wire/call-runner';
import type { FaultPlan, Rates } from './fault-plan';
import { failed, throttled } from './service-errors';

/** An API call that is about to be made. */
export interface PendingCall {
  readonly service: string;
  readonly operation: string;
  readonly functionName?: string;
}

const DEFAULT_SEED = 1;
/** How long an event is held back that others are to overtake. */
const REORDER_SECONDS = 10;

/** Draws from the plan what befalls each call, event and launch. The same plan in the same run gives the same faults. */
export class FaultSchedule implements CallFaults, ClockFaults, EventFaults, LaunchFaults, VolumeFaults {
  private plan: FaultPlan = {};
  /** One stream for calls and one for events, so that more of one does not change the other. */
  private callChance = new Random(DEFAULT_SEED);
  private eventChance = new Random(DEFAULT_SEED);
  private readonly calls = new Map<string, number>();
  private readonly interceptors = new Set<Interceptor>();

  /** From now on these faults happen, and no others. */
  set(plan: FaultPlan): void {
    this.plan = plan;
    const seed = new Random(plan.seed ?? DEFAULT_SEED);
    this.callChance = seed.fork();
    this.eventChance = seed.fork();
    this.calls.clear();
  }

  /**
   * Does something in the moment before the first call that matches: what a concurrent invocation or a person might.
   * The call is made when the action has ended.
   */
  before(matches: (call: PendingCall) => boolean, action: () => void | Promise<void>): void {
    this.interceptors.add({ matches, action });
  }

  fate(service: string, operation: string, functionName: string | undefined): CallFate {
    const interceptor = [...this.interceptors].find(({ matches }) => matches({ service, operation, functionName }));
    if (interceptor) this.interceptors.delete(interceptor);
    const outcome = this.outcome(service, operation, functionName);
    return {
      ...(outcome !== undefined && { outcome }),
      ...this.delay(service, operation),
      ...(interceptor && { before: interceptor.action }),
    };
  }

  mayBeStale(service: string, operation: string): boolean {
    return this.plan.stale !== undefined && rateOf(this.plan.stale, service, operation) > 0;
  }

  error(service: string, outcome: 'throttle' | 'fail' | 'lose-answer'): ServiceError {
    return outcome === 'throttle' ? throttled(service) : failed(service);
  }

  deliveries(): readonly number[] {
    const { lose = 0, double = 0, delaySeconds = 0, reorder = 0 } = this.plan.events ?? {};
    if (this.eventChance.chance(lose)) return [];
    const copies = this.eventChance.chance(double) ? 2 : 1;
    return Array.from({ length: copies }, () => {
      const late = delaySeconds > 0 ? this.eventChance.next() * delaySeconds : 0;
      const heldBack = this.eventChance.chance(reorder) ? REORDER_SECONDS : 0;
      return Math.round((late + heldBack) * 1000);
    });
  }

  clockOffset(functionName: string): number {
    return (this.plan.clock?.[functionName] ?? 0) * 1000;
  }

  failure(requester: string): string | undefined {
    const { launch = {} } = this.plan;
    return launch[requester] ?? launch[poolOf(requester)] ?? launch['*'];
  }

  neverRegister(requester: string): boolean {
    const { neverRegister = [] } = this.plan;
    return [requester, poolOf(requester), '*'].some((pool) => neverRegister.includes(pool));
  }

  snapshotFails(): boolean {
    const { failSnapshots = 0 } = this.plan;
    return failSnapshots > 0 && this.callChance.chance(failSnapshots);
  }

  private outcome(service: string, operation: string, functionName: string | undefined): CallFaultOutcome | undefined {
    if (functionName !== undefined && this.plan.crash) {
      const call = (this.calls.get(functionName) ?? 0) + 1;
      this.calls.set(functionName, call);
      if (this.plan.crash.some(([name, number]) => name === functionName && number === call)) return 'crash';
    }
    const { throttle, fail, loseAnswer, stale } = this.plan;
    if (this.strikes(throttle, service, operation)) return 'throttle';
    if (this.strikes(fail, service, operation)) return 'fail';
    if (this.strikes(loseAnswer, service, operation)) return 'lose-answer';
    if (this.strikes(stale, service, operation)) return 'stale';
    return undefined;
  }

  private delay(service: string, operation: string): { delayMilliseconds?: number } {
    const fault = this.plan.delay && matching(this.plan.delay, service, operation);
    if (fault && this.callChance.chance(fault.probability)) return { delayMilliseconds: fault.seconds * 1000 };
    return this.strikes(this.plan.yield, service, operation) ? { delayMilliseconds: 0 } : {};
  }

  private strikes(rates: Rates | undefined, service: string, operation: string): boolean {
    return rates !== undefined && this.callChance.chance(rateOf(rates, service, operation));
  }
}

interface Interceptor {
  readonly matches: (call: PendingCall) => boolean;
  readonly action: () => void | Promise<void>;
}

function rateOf(rates: Rates, service: string, operation: string): number {
  return matching(rates, service, operation) ?? 0;
}

/** The most particular pattern decides. */
function matching<T>(table: Readonly<Record<string, T>>, service: string, operation: string): T | undefined {
  return table[`${service}:${operation}`] ?? table[`${service}:*`] ?? table['*'];
}

/** `autoscaling:my-group` is the pool `my-group`. */
function poolOf(requester: string): string {
  return requester.slice(requester.indexOf(':') + 1);
}
