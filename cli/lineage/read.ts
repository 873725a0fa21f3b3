import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LINEAGE_TAG } from '../../lib/retries/config';
import { arrayParentId } from '../../lambda/batch/jobs';
import type { LedgerJob } from '../../lambda/job-ledger/item';
import { JobStore } from '../../lambda/job-ledger/store';
import { LedgerTable } from '../../lambda/job-ledger/table';
import type { Lineage } from '../../lambda/job-retries/lineage';
import { lineageKey } from '../../lambda/job-retries/lineage-store';

export interface Found {
  readonly jobId: string;
  /** Of a job that has failed, or was submitted again. */
  readonly lineage?: Lineage;
  /** As the ledger has the job itself. */
  readonly job?: LedgerJob;
  /** What follows its failure, as the ledger says. */
  readonly retry?: string;
}

/** @returns undefined for a job that the ledger does not have */
export async function readLineage(dynamo: DynamoDBClient, tableName: string, id: string): Promise<Found | undefined> {
  const table = new LedgerTable(dynamo, tableName);
  const jobId = arrayParentId(id);
  const stored = await new JobStore(table).get(jobId);
  const root = stored?.attributes['lineage']?.S ?? stored?.job.tags[LINEAGE_TAG] ?? jobId;
  const kept = await lineageOf(table, root);
  // A clone of a job has the tags of another lineage.
  const isMember = kept?.history.some((submission) => submission.jobId === jobId) ?? false;
  const lineage = isMember || root === jobId ? kept : ((await lineageOf(table, jobId)) ?? kept);
  if (!stored && !lineage) return undefined;
  return { jobId, lineage, job: stored?.job, retry: stored?.attributes['retry']?.S };
}

async function lineageOf(table: LedgerTable, root: string): Promise<Lineage | undefined> {
  const text = (await table.get(lineageKey(root)))?.['state']?.S;
  return text === undefined ? undefined : (JSON.parse(text) as Lineage);
}
