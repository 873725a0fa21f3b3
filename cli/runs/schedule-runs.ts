import type { BatchClient } from '@aws-sdk/client-batch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { ScheduledJobsConfig } from '../../lib/schedule/config';
import { scheduleTimes } from '../../lib/schedule/schedule-times';
import { LedgerTable } from '../../lambda/job-ledger/table';
import type { Run, Schedule } from '../../lambda/scheduled-job/model';
import { isoTime } from '../../lambda/scheduled-job/run-names';
import { ScheduleReader } from '../../lambda/scheduled-job/schedule-reader';
import { type RunRecord, ScheduleStore } from '../../lambda/scheduled-job/schedule-store';
import { Jobs } from './jobs';
import type { ShownRun, ShownRuns } from './model';
import { statusOfWorkflowRun } from './workflow-runs';

export interface ScheduleClients {
  readonly batch: BatchClient;
  readonly dynamo: DynamoDBClient;
  readonly scheduler: SchedulerClient;
}

/** The last times of a schedule, and what became of each. */
export async function scheduleRuns(
  { batch, dynamo, scheduler }: ScheduleClients,
  { groupName, tableName, retentionDays }: ScheduledJobsConfig,
  name: string,
  last: number,
  now: number,
): Promise<ShownRuns> {
  const table = new LedgerTable(dynamo, tableName);
  const store = new ScheduleStore(table, groupName, retentionDays);
  const [schedule, stored] = await Promise.all([new ScheduleReader(scheduler, groupName).get(name), store.read(name)]);
  const open = new Map((stored?.state.runs ?? []).map((run) => [run.time, run]));
  const times = schedule === undefined ? [] : lastTimes(schedule, stored?.state.anchor, open, last, now);
  const records = await store.records(name, times);
  const jobs = new Jobs(table, batch);
  const isJob = schedule?.config.target.kind !== 'workflow';
  const shown = await Promise.all(
    times.map(async (time): Promise<ShownRun> => {
      const run = shownRun(time, open.get(time), records.get(time));
      if (run.id === undefined) return run;
      return { ...run, ...(isJob ? await jobs.status(run.id) : await statusOfWorkflowRun(table, run.id)) };
    }),
  );
  const next = schedule?.enabled ? timesOf(schedule, stored?.state.anchor).after(now) : undefined;
  return {
    kind: 'schedule',
    name,
    // Before the schedule was there, only what a backfill has run is of interest.
    runs: shown.filter(({ time, status }) => status !== UNKNOWN || Date.parse(time) > schedule!.createdAt).reverse(),
    ...(next !== undefined && { next: isoTime(next) }),
    ...(schedule && !schedule.enabled && { suspended: true }),
  };
}

const UNKNOWN = 'UNKNOWN';

function timesOf({ expression, timeZone, startAt }: Schedule, anchor: number | undefined) {
  return scheduleTimes(expression, timeZone, anchor ?? startAt);
}

/** Those that are not over yet are shown however old they are. */
function lastTimes(
  schedule: Schedule,
  anchor: number | undefined,
  open: ReadonlyMap<number, Run>,
  last: number,
  now: number,
): number[] {
  const times = timesOf(schedule, anchor).between(0, now, last);
  return [...new Set([...open.keys(), ...times])].sort((a, b) => a - b);
}

function shownRun(time: number, run: Run | undefined, record: RunRecord | undefined): ShownRun {
  const base = { time: isoTime(time) };
  if (run?.stage === 'waiting') return { ...base, status: 'WAITING', reason: 'for room among the active runs' };
  if (run?.stage === 'starting') return { ...base, status: 'STARTING', ...(run.error && { reason: run.error }) };
  const id = run?.id ?? record?.id;
  if (id !== undefined) return { ...base, status: 'STARTED', id };
  if (record === undefined) return { ...base, status: UNKNOWN };
  const reason = record.error ?? record.reason;
  return { ...base, status: record.status, ...(reason !== undefined && { reason }) };
}
