import { DescribeTableCommand, type DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { DUE, KEY, OPEN } from '../../lib/ledger/config';
import { LineageError } from './read';

/** The table that has a ledger's key and indexes. @throws LineageError unless there is exactly one */
export async function findLedger(dynamo: DynamoDBClient): Promise<string> {
  const ledgers: string[] = [];
  let start: string | undefined;
  do {
    const page = await dynamo.send(new ListTablesCommand({ ExclusiveStartTableName: start }));
    for (const name of page.TableNames ?? []) if (await isLedger(dynamo, name)) ledgers.push(name);
    start = page.LastEvaluatedTableName;
  } while (start);
  const [only, ...others] = ledgers;
  if (only === undefined) throw new LineageError('There is no job ledger here: name its table with --table');
  if (others.length > 0) throw new LineageError(`There are several job ledgers: --table ${ledgers.join(' | ')}`);
  return only;
}

async function isLedger(dynamo: DynamoDBClient, name: string): Promise<boolean> {
  const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: name }));
  const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
  return Table?.KeySchema?.[0]?.AttributeName === KEY && [DUE, OPEN].every((index) => indexes.includes(index.name));
}
