import { EXPIRY } from '../../lib/ledger/config';
import { eventKeys, openEventsOf, settledEventsOf, type TriggerMessage } from '../../lib/schedule/config';
import { numeric, text } from '../job-ledger/item';
import type { LedgerTable } from '../job-ledger/table';
import type { Clock } from '../runtime/runtime';
import type { Invocation } from './acts';
import type { Submission } from './model';
import type { Report } from './report';
import { triggeredRunName } from './run-names';
import { afterwards, intended, type Result, untried } from './submission';
import type { RunRequest, Targets } from './targets/run-target';

export interface TriggerRunsOn {
  readonly groupName: string;
  readonly table: LedgerTable;
  readonly report: Report;
  readonly targets: Targets;
  readonly clock: Clock;
  readonly retentionDays: number;
}

/** What is kept of an event: the run that it starts, and how far that has come. */
export interface EventState {
  readonly message: TriggerMessage;
  readonly progress: Submission | { readonly started: string } | { readonly failed: string };
}

interface StoredEvent {
  readonly state: EventState;
  readonly version: number;
}

const MOST_ROUNDS = 8;
const DAY_SECONDS = 86_400;

/** Starts one run for each event of a trigger, however often it is told of the event. */
export class TriggerRuns {
  constructor(private readonly on: TriggerRunsOn) {}

  /** The keys of the events that something is to be done about by now. */
  async *due(now: number): AsyncGenerator<string> {
    for await (const page of this.on.table.due(openEventsOf(this.on.groupName), now))
      for (const { id } of page) yield id!.S!;
  }

  /** @throws Error when the event has not been written down */
  async take(message: TriggerMessage, invocation: Invocation): Promise<void> {
    await this.go(eventKeys(this.on.groupName, message.trigger) + message.eventId, message, invocation);
  }

  /** Goes on with an event that is known. */
  async resume(key: string, invocation: Invocation): Promise<void> {
    await this.go(key, undefined, invocation);
  }

  private async go(key: string, told: TriggerMessage | undefined, { deadline, attempts }: Invocation): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS && attempts.timeIsLeft(); round++) {
      const stored = await this.read(key);
      const state = this.stateOf(stored, told);
      if (state === undefined || !('next' in state.progress)) return;
      const { message, progress } = state;
      const now = this.now();
      if (progress.at > now) return;
      const target = this.on.targets(message.target);
      if (progress.next === 'submit') {
        const intent = intended(progress, deadline);
        if (!(await this.write(key, stored, { message, progress: intent }))) continue;
        await this.conclude(key, { message, progress: intent }, await target.start(this.requestOf(message)));
        return;
      }
      await this.conclude(key, state, await target.find(this.requestOf(message)));
    }
    if (told && !(await this.read(key))) throw new Error(`${key} could not be written`);
  }

  private stateOf(stored: StoredEvent | undefined, told: TriggerMessage | undefined): EventState | undefined {
    const fresh = told && { message: told, progress: untried(this.now()) };
    if (stored === undefined) return fresh;
    // A dead letter that was moved back.
    return told?.retry && 'failed' in stored.state.progress ? fresh : stored.state;
  }

  /** @param state as it was written down before the call */
  private async conclude(key: string, { message, progress }: EventState, result: Result): Promise<void> {
    const { report } = this.on;
    const { trigger, eventId } = message;
    const submission = progress as Submission;
    let next: EventState['progress'];
    if (result.kind === 'started') {
      await report.triggered(trigger, eventId, result.id);
      next = { started: result.id };
    } else {
      const after = afterwards(submission, result, this.now());
      if (after === 'given up') {
        const error = 'error' in result ? result.error : (submission.error ?? 'It was not found');
        await report.triggerFailed(message, error);
        next = { failed: error };
      } else next = after;
    }
    const stored = await this.read(key);
    // Somebody else may have found out sooner.
    if (stored === undefined || JSON.stringify(stored.state.progress) !== JSON.stringify(submission)) return;
    await this.write(key, stored, { message, progress: next });
  }

  private requestOf({ trigger, eventId, texts, values }: TriggerMessage): RunRequest {
    const name = triggeredRunName(trigger, eventId);
    const parameters = Object.fromEntries(
      Object.entries(texts).map(([parameter, parts]) => [
        parameter,
        parts.map((part) => (typeof part === 'string' ? part : valueText(values[part]))).join(''),
      ]),
    );
    return { name, runId: `${this.on.groupName}/${name}`, parameters };
  }

  private async read(key: string): Promise<StoredEvent | undefined> {
    const item = await this.on.table.get(key);
    return item && { state: JSON.parse(item['state']!.S!) as EventState, version: Number(item['version']!.N) };
  }

  private write(key: string, before: StoredEvent | undefined, state: EventState): Promise<boolean> {
    const { groupName, table } = this.on;
    const { message, progress } = state;
    const [dueFor, dueAt] =
      'next' in progress
        ? [openEventsOf(groupName), progress.at]
        : [settledEventsOf(groupName, message.trigger), Date.parse(message.time)];
    return table.update(key, {
      set: {
        state: text(JSON.stringify(state)),
        version: numeric((before?.version ?? 0) + 1),
        dueFor: text(dueFor),
        dueAt: numeric(dueAt),
        [EXPIRY]: numeric(Math.ceil(this.now() / 1000) + this.on.retentionDays * DAY_SECONDS),
      },
      expect: { version: before && numeric(before.version) },
    });
  }

  private now(): number {
    return this.on.clock.now().getTime();
  }
}

/** What is no text in the event is its JSON. */
function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? '');
}
