import type { JobStatus } from '@aws-sdk/client-batch';
import type { CallRecord } from '../../../local/wire/call-log';
import type { LedgerEnvironment } from '../../stack/job-ledger/environment';

/** A time that a job, or a child of an array, was in one state. Times are seconds from the deployment. */
export interface Stay {
  readonly status: JobStatus;
  /** Attempts that had ended. */
  readonly attempts: number;
  /** When it was first seen there: it came at most `LOOK_SECONDS` before. */
  readonly from: number;
  /** When it was last seen there. */
  readonly to: number;
}

/** A call of the function that ends jobs, for one job. */
export interface StopCall {
  readonly at: number;
  readonly jobId: string;
  readonly action: 'CANCEL' | 'TERMINATE';
  readonly reason: string;
}

export const LOOK_SECONDS = 1;

/** Writes down what nobody can tell afterwards: where each job was when, and what was asked of AWS Batch and told of it. */
export class Chronicler {
  readonly calls: StopCall[] = [];
  /** Details of the events that were published. */
  readonly published: Readonly<Record<string, unknown>>[] = [];
  private readonly start: number;
  private readonly stays = new Map<string, Stay[]>();

  constructor(private readonly environment: LedgerEnvironment) {
    this.start = environment.now;
    environment.aws.calls.onCall((call) => this.heard(call));
    this.look();
  }

  staysOf(jobId: string): readonly Stay[] {
    return this.stays.get(jobId) ?? [];
  }

  seconds(time: number): number {
    return (time - this.start) / 1000;
  }

  private look(): void {
    const now = this.seconds(this.environment.now);
    for (const { id, status, attempts } of this.environment.jobs()) {
      const stays = this.stays.get(id) ?? [];
      const last = stays.at(-1);
      if (last?.status === status && last.attempts === attempts) stays[stays.length - 1] = { ...last, to: now };
      else stays.push({ status, attempts, from: now, to: now });
      this.stays.set(id, stays);
    }
    this.environment.aws.clock.after(LOOK_SECONDS * 1000, () => this.look());
  }

  private heard({ time, service, operation, input, outcome, functionName }: CallRecord): void {
    // What is said to have failed may have been done.
    if (functionName === undefined || !(outcome === 'ok' || outcome.includes('lose'))) return;
    const at = this.seconds(time);
    if (service === 'batch' && (operation === 'CancelJobs' || operation === 'TerminateJobs')) {
      const { jobs, reason } = input as { jobs: string[]; reason: string };
      const action = operation === 'CancelJobs' ? 'CANCEL' : 'TERMINATE';
      this.calls.push(...jobs.map((jobId) => ({ at, jobId, action, reason }) as const));
    }
    if (service === 'events' && operation === 'PutEvents') {
      const { Entries } = input as { Entries: { Detail: string }[] };
      this.published.push(...Entries.map(({ Detail }) => JSON.parse(Detail) as Record<string, unknown>));
    }
  }
}
