import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dueFor, endedRunsOf, type WorkflowConfig } from '../../lib/workflow/config';
import { LedgerTable } from '../../lambda/job-ledger/table';
import type { Run } from '../../lambda/job-workflow/model';
import { runKey } from '../../lambda/job-workflow/run-store';
import { isoTime } from '../../lambda/scheduled-job/run-names';
import { latestOf } from './index-partition';
import type { ShownRun, ShownRuns } from './model';

/** The runs of a workflow that are not over, and the last of those that are. */
export async function workflowRuns(
  dynamo: DynamoDBClient,
  { tableName, workflow }: Pick<WorkflowConfig, 'tableName' | 'workflow'>,
  last: number,
): Promise<ShownRuns> {
  const table = new LedgerTable(dynamo, tableName);
  const [open, ended] = await Promise.all([
    latestOf(dynamo, tableName, dueFor(workflow), last),
    latestOf(dynamo, tableName, endedRunsOf(workflow), last),
  ]);
  const items = await table.getMany([...open, ...ended]);
  const runs = [...items.values()].map((item) => JSON.parse(item['run']!.S!) as Run);
  runs.sort((a, b) => b.startedAt - a.startedAt);
  return { kind: 'workflow', name: workflow, runs: runs.slice(0, last).map(shown) };
}

/** What became of a run that a schedule has started. */
export async function statusOfWorkflowRun(table: LedgerTable, runId: string): Promise<Partial<ShownRun>> {
  const text = (await table.get(runKey(runId)))?.['run']?.S;
  if (text === undefined) return {};
  const { time: _, ...rest } = shown(JSON.parse(text) as Run);
  return rest;
}

function shown(run: Run): ShownRun {
  const { id, status, startedAt, endedAt, cancelled, graph, nodes } = run;
  const failed = graph.filter(({ name }) => nodes[name]?.outcome === 'FAILED').map(({ name }) => name);
  const succeeded = graph.filter(({ name }) => nodes[name]?.outcome === 'SUCCEEDED').length;
  const reason = [
    ...(cancelled ? [cancelled.reason] : []),
    ...(failed.length > 0 ? [`failed: ${failed.join(', ')}`] : []),
    `${succeeded} of ${graph.length} jobs succeeded`,
  ].join('; ');
  return {
    time: isoTime(startedAt),
    status,
    id,
    startedAt: isoTime(startedAt),
    ...(endedAt !== undefined && { endedAt: isoTime(endedAt) }),
    ...(status !== 'SUCCEEDED' && { reason }),
  };
}
