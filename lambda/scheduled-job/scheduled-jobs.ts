import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { errorFields, type Log } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import type { Invocation } from './acts';
import { backfilledTimes, type BackfillPlan, type BackfillRequest, checkBackfill, planBackfill } from './backfill';
import { initialState } from './decide';
import type { Looks } from './looks';
import { readMessages } from './messages';
import type { ScheduleReader } from './schedule-reader';
import type { ScheduleStore } from './schedule-store';
import type { TriggerRuns } from './trigger-runs';

export interface ScheduledJobsOn {
  readonly looks: Looks;
  readonly triggers: TriggerRuns;
  readonly reader: ScheduleReader;
  readonly store: ScheduleStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the function of the schedules and triggers of a stack does. */
export class ScheduledJobs {
  /** When each schedule was changed last, as far as this execution environment has seen that it is known. */
  private readonly seen = new Map<string, number>();

  constructor(private readonly on: ScheduledJobsOn) {}

  /** Schedules that are due, and events of triggers. */
  async receive(event: SQSEvent, invocation: Invocation): Promise<SQSBatchResponse> {
    const { looks, triggers, log } = this.on;
    const { schedules, triggers: events, broken } = readMessages(event);
    const failures = [...broken];
    for (const { itemIdentifier } of broken) log.error('unreadable message', { messageId: itemIdentifier });
    const take = async (fields: object, ids: readonly string[], work: () => Promise<void>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        failures.push(...ids.map((itemIdentifier) => ({ itemIdentifier })));
        log.error('not taken', { ...fields, ...errorFields(error) });
      }
    };
    for (const [schedule, told] of schedules) {
      const ids = told.map(({ id }) => id);
      await take({ schedule }, ids, () =>
        looks.look(
          schedule,
          {
            invoked: told.filter(({ message }) => !message.retry).map(({ message }) => message.time),
            asked: told
              .filter(({ message }) => message.retry)
              .map(({ message }) => ({ time: message.time, cause: 'RETRY' })),
            config: told.at(-1)!.message.config,
          },
          invocation,
        ),
      );
    }
    for (const { id, message } of events) {
      await take({ trigger: message.trigger, eventId: message.eventId }, [id], () =>
        triggers.take(message, invocation),
      );
    }
    return { batchItemFailures: failures };
  }

  /** What is due by now, and schedules that have been changed. What is not done in time is left to the next sweep. */
  async sweep({ attempts, deadline }: Invocation): Promise<void> {
    const { looks, triggers, reader, store } = this.on;
    const invocation: Invocation = { attempts, deadline };
    await attempts.attempt('sweep schedules', {}, async () => {
      for await (const schedule of store.due(this.now())) {
        await attempts.attempt('look', { schedule }, () => looks.look(schedule, {}, invocation));
      }
    });
    await attempts.attempt('sweep changes', {}, async () => {
      const changes = await reader.changes();
      const unseen = [...changes].filter(([name, modifiedAt]) => this.seen.get(name) !== modifiedAt);
      const known = await store.readMany(unseen.map(([name]) => name));
      for (const [schedule, modifiedAt] of unseen) {
        await attempts.attempt('look', { schedule }, async () => {
          if (known.get(schedule)?.state.schedule.modifiedAt !== modifiedAt) {
            await looks.look(schedule, { modifiedAt }, invocation);
          }
          this.seen.set(schedule, modifiedAt);
        });
      }
    });
    await attempts.attempt('sweep triggers', {}, async () => {
      for await (const key of triggers.due(this.now())) {
        await attempts.attempt('resume', { event: key }, () => triggers.resume(key, invocation));
      }
    });
  }

  /** Runs what has not run in a period. @throws Error that says what is wrong with the request */
  async backfill(request: BackfillRequest, invocation: Invocation): Promise<BackfillPlan> {
    const { looks, reader, store } = this.on;
    const period = checkBackfill(request, this.now());
    const schedule = await reader.get(request.schedule);
    if (schedule === undefined) throw new Error(`There is no schedule ${request.schedule} in ${reader.groupName}`);
    const state = (await store.read(schedule.name))?.state ?? initialState(schedule);
    const times = backfilledTimes({ ...state, schedule }, period);
    const records = await store.records(schedule.name, times);
    const plan = planBackfill(state, times, records, request.dryRun ?? false);
    const asked = plan.runs.map((time) => ({ time: Date.parse(time), cause: 'BACKFILL' as const }));
    if (!plan.dryRun && asked.length > 0) await looks.look(schedule.name, { asked }, invocation);
    return plan;
  }

  private now(): number {
    return this.on.clock.now().getTime();
  }
}
