import { type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { DUE } from '../../lib/ledger/config';

/** @returns keys of a partition of the ledger's index of what is due, the latest first */
export async function latestOf(
  dynamo: DynamoDBClient,
  TableName: string,
  partition: string,
  Limit: number,
): Promise<string[]> {
  const { Items = [] } = await dynamo.send(
    new QueryCommand({
      TableName,
      IndexName: DUE.name,
      KeyConditionExpression: '#partition = :partition',
      ExpressionAttributeNames: { '#partition': DUE.partition },
      ExpressionAttributeValues: { ':partition': { S: partition } },
      ScanIndexForward: false,
      Limit,
    }),
  );
  return Items.map(({ id }) => id!.S!);
}
