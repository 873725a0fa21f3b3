import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { client } from '../aws/connection';
import { findDeployed, ledgerTables } from '../aws/deployed';
import { CommandError } from '../command/errors';
import type { LineageOptions } from './options';
import { type Found, readLineage } from './read';
import { report } from './report';

/** @throws CommandError when no ledger has the job */
export async function lineage(options: LineageOptions): Promise<string> {
  const { jobId, ledger, json } = options;
  const dynamo = client(DynamoDBClient, options);
  const tables = ledger === undefined ? ledgerTables(await findDeployed(client(LambdaClient, options))) : [ledger];
  if (tables.length === 0) throw new CommandError('There is no job ledger here; --ledger TABLE names one');
  const found = await firstFound(tables, (table) => readLineage(dynamo, table, jobId));
  if (!found) throw new CommandError(`The job ledger (${tables.join(', ')}) has no job ${jobId}`);
  return json ? JSON.stringify(found, null, 2) : report(found);
}

async function firstFound(
  tables: readonly string[],
  read: (table: string) => Promise<Found | undefined>,
): Promise<Found | undefined> {
  for (const table of tables) {
    const found = await read(table);
    if (found) return found;
  }
  return undefined;
}
