import type { BatchClient } from '@aws-sdk/client-batch';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { eventKeys, openEventsOf, type ScheduledJobsConfig, settledEventsOf } from '../../lib/schedule/config';
import { LedgerTable } from '../../lambda/job-ledger/table';
import { isoTime } from '../../lambda/scheduled-job/run-names';
import type { EventState } from '../../lambda/scheduled-job/trigger-runs';
import { latestOf } from './index-partition';
import { Jobs } from './jobs';
import type { ShownRun, ShownRuns } from './model';
import { statusOfWorkflowRun } from './workflow-runs';

export interface TriggerClients {
  readonly batch: BatchClient;
  readonly dynamo: DynamoDBClient;
}

export type TriggerRuns = ShownRuns & { readonly kind: 'trigger' };

/** Of all triggers together: few are not settled within a second. */
const MOST_OPEN = 1000;

/** The last events of a trigger, and what became of the run of each; undefined when none is known. */
export async function triggerRuns(
  { batch, dynamo }: TriggerClients,
  { tableName, groupName }: ScheduledJobsConfig,
  name: string,
  last: number,
): Promise<TriggerRuns | undefined> {
  const table = new LedgerTable(dynamo, tableName);
  const [open, settled] = await Promise.all([
    latestOf(dynamo, tableName, openEventsOf(groupName), MOST_OPEN),
    latestOf(dynamo, tableName, settledEventsOf(groupName, name), last),
  ]);
  const own = open.filter((key) => key.startsWith(eventKeys(groupName, name)));
  const items = await table.getMany([...own, ...settled]);
  if (items.size === 0) return undefined;
  const states = [...items.values()].map((item) => JSON.parse(item['state']!.S!) as EventState);
  states.sort((a, b) => Date.parse(b.message.time) - Date.parse(a.message.time));
  const jobs = new Jobs(table, batch);
  const runs = await Promise.all(
    states.slice(0, last).map(async (state): Promise<ShownRun> => {
      const run = shownRun(state);
      if (run.id === undefined) return run;
      const isJob = state.message.target.kind === 'job';
      return { ...run, ...(isJob ? await jobs.status(run.id) : await statusOfWorkflowRun(table, run.id)) };
    }),
  );
  return { kind: 'trigger', name, runs };
}

function shownRun({ message, progress }: EventState): ShownRun {
  const base = { time: isoTime(Date.parse(message.time)) };
  if ('started' in progress) return { ...base, status: 'STARTED', id: progress.started };
  if ('failed' in progress) return { ...base, status: 'FAILED', reason: progress.failed };
  return { ...base, status: 'STARTING', ...(progress.error !== undefined && { reason: progress.error }) };
}
