import type { Activity } from '../simulation/activities';
import type { SimulationClock } from '../simulation/clock';
import type { CallLog } from './call-log';
import { ServiceError } from './service';
import type { Caller } from './service';

/** What the faults make of one call. */
export interface CallFate {
  /** Other things may happen before the call does; 0 lets others run at this very instant. */
  readonly delayMilliseconds?: number;
  /** Done before the call is made. */
  readonly before?: () => void | Promise<void>;
  readonly outcome?: CallFaultOutcome;
}

/**
 * - `throttle`, `fail`: refused, nothing done
 * - `lose-answer`: done, but the caller is told that it failed
 * - `stale`: the former answer to the same question
 * - `crash`: the caller dies before the call is made
 */
export type CallFaultOutcome = 'throttle' | 'fail' | 'lose-answer' | 'stale' | 'crash';

/** What the router asks of the faults. */
export interface CallFaults {
  fate(service: string, operation: string, functionName: string | undefined): CallFate;
  /** Whether answers of the operation have to be kept, because they may be given again. */
  mayBeStale(service: string, operation: string): boolean;
  error(service: string, outcome: 'throttle' | 'fail' | 'lose-answer'): ServiceError;
}

export interface ApiCall {
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
  readonly caller: Caller;
  /** What makes the call, when it runs in the simulation. */
  readonly activity?: Activity;
}

/** Makes calls unless a fault has other plans for them, and writes down what came of each. */
export class CallRunner {
  private readonly lastAnswers = new Map<string, object>();

  constructor(
    private readonly clock: SimulationClock,
    private readonly faults: CallFaults,
    private readonly log: CallLog,
  ) {}

  /** @param outcomeOf for the log; errors may be told by an answer, too */
  async run<T extends object>(call: ApiCall, make: () => Promise<T>, outcomeOf = (_: T) => 'ok'): Promise<T> {
    const { service, operation, caller } = call;
    const { delayMilliseconds, before, outcome } = this.faults.fate(service, operation, caller.functionName);
    if (delayMilliseconds !== undefined) {
      await new Promise<void>((resume) => void this.clock.after(delayMilliseconds, resume));
    }
    if (before) await before();
    if (outcome === 'crash') {
      this.note(call, outcome);
      call.activity?.crash();
      return new Promise(() => {});
    }
    if (outcome === 'throttle' || outcome === 'fail') {
      this.note(call, outcome);
      throw this.faults.error(service, outcome);
    }
    const former = outcome === 'stale' ? this.lastAnswers.get(questionOf(call)) : undefined;
    if (former) {
      this.note(call, 'stale');
      return structuredClone(former) as T;
    }
    const answer = await this.noting(call, make, outcomeOf);
    if (this.faults.mayBeStale(service, operation)) this.lastAnswers.set(questionOf(call), structuredClone(answer));
    if (outcome === 'lose-answer') throw this.faults.error(service, outcome);
    return answer;
  }

  private async noting<T>(call: ApiCall, make: () => Promise<T>, outcomeOf: (answer: T) => string): Promise<T> {
    try {
      const answer = await make();
      this.note(call, outcomeOf(answer));
      return answer;
    } catch (error) {
      this.note(call, error instanceof ServiceError ? error.code : 'bug');
      throw error;
    }
  }

  private note({ service, operation, input, caller }: ApiCall, outcome: string): void {
    this.log.add({ time: this.clock.now(), service, operation, ...caller, input, outcome });
  }
}

function questionOf({ service, operation, input }: ApiCall): string {
  return `${service}:${operation} ${JSON.stringify(input)}`;
}
