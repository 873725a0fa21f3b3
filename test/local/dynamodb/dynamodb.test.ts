import { createHash } from 'node:crypto';
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { CreateTableCommandInput, QueryCommandOutput, ScanCommandOutput } from '@aws-sdk/client-dynamodb';
import { Stage, START } from '../stage';

const TableName = 'table';

async function table(stage: Stage, input: Partial<CreateTableCommandInput> = {}): Promise<DynamoDBClient> {
  const client = stage.client(DynamoDBClient);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'due', AttributeType: 'N' },
      ],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byDue',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'due', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
      ...input,
    }),
  );
  return client;
}

const put = (client: DynamoDBClient, pk: string, more: object = {}) =>
  client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, ...more } }));

const keys = async (client: DynamoDBClient) =>
  (await client.send(new ScanCommand({ TableName }))).Items!.map(({ pk }) => pk!.S).sort();

describe('a table', () => {
  test('is active at once, with the account, times and ids of this world', async () => {
    const stage = new Stage();
    const client = await table(stage);
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      TableArn: 'arn:aws:dynamodb:us-east-1:123456789012:table/table',
      CreationDateTime: new Date(START),
      BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
      GlobalSecondaryIndexes: [{ IndexArn: 'arn:aws:dynamodb:us-east-1:123456789012:table/table/index/byDue' }],
    });
    const again = await (await table(new Stage())).send(new DescribeTableCommand({ TableName }));
    expect(again.Table).toEqual(Table);
  });

  test('accepts settings that change nothing here', async () => {
    const client = await table(new Stage(), { SSESpecification: { Enabled: true }, Tags: [{ Key: 'a', Value: 'b' }] });
    expect(await keys(client)).toEqual([]);
  });

  test('refuses to be made twice', async () => {
    const stage = new Stage();
    await table(stage);
    await expect(table(stage)).rejects.toMatchObject({ name: 'ResourceInUseException' });
  });

  test('is gone once deleted, unless it is protected', async () => {
    const client = await table(new Stage(), { DeletionProtectionEnabled: true });
    const remove = () => client.send(new DeleteTableCommand({ TableName }));
    await expect(remove()).rejects.toMatchObject({ name: 'ValidationException' });
    await client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled: false }));
    await remove();
    await expect(client.send(new DescribeTableCommand({ TableName }))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
  });

  test('remembers that its backups are continuous', async () => {
    const client = await table(new Stage());
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
    const { ContinuousBackupsDescription } = await client.send(new DescribeContinuousBackupsCommand({ TableName }));
    expect(ContinuousBackupsDescription!.PointInTimeRecoveryDescription!.PointInTimeRecoveryStatus).toBe('ENABLED');
  });
});

describe('items', () => {
  test('are written on a condition, and the refusal says so', async () => {
    const client = await table(new Stage());
    await put(client, 'a', { v: { N: '1' } });
    const update = (from: string) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: { pk: { S: 'a' } },
          UpdateExpression: 'SET v = v + :one',
          ConditionExpression: 'v = :from',
          ExpressionAttributeValues: { ':one': { N: '1' }, ':from': { N: from } },
          ReturnValues: 'ALL_NEW',
        }),
      );
    expect((await update('1')).Attributes).toEqual({ pk: { S: 'a' }, v: { N: '2' } });
    await expect(update('1')).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
  });

  test('written at the same time on the same condition are written once', async () => {
    const client = await table(new Stage());
    const attempts = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) =>
        client.send(
          new PutItemCommand({
            TableName,
            Item: { pk: { S: 'lease' }, owner: { N: String(n) } },
            ConditionExpression: 'attribute_not_exists(pk)',
          }),
        ),
      ),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('keep text and bytes as they are, and are found by an index', async () => {
    const client = await table(new Stage());
    await put(client, 'ä€😀', { due: { N: '5' }, raw: { B: Uint8Array.of(0, 255) } });
    const { Items } = await client.send(
      new QueryCommand({
        TableName,
        IndexName: 'byDue',
        KeyConditionExpression: 'pk = :pk AND due <= :now',
        ExpressionAttributeValues: { ':pk': { S: 'ä€😀' }, ':now': { N: '5' } },
      }),
    );
    expect(Items![0]!.raw!.B).toEqual(Uint8Array.of(0, 255));
  });

  test('are gone when deleted', async () => {
    const client = await table(new Stage());
    await put(client, 'a');
    await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: 'a' } } }));
    expect((await client.send(new GetItemCommand({ TableName, Key: { pk: { S: 'a' } } }))).Item).toBeUndefined();
  });

  test('of a batch come in the same order each time', async () => {
    const client = await table(new Stage());
    const names = ['e', 'b', 'a', 'd', 'c', 'f'];
    for (const name of names) await put(client, name);
    const get = async () => {
      const { Responses } = await client.send(
        new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys: names.map((S) => ({ pk: { S } })) } } }),
      );
      return Responses![TableName]!.map(({ pk }) => pk!.S);
    };
    expect(await get()).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  test('are all read, page by page', async () => {
    const client = await table(new Stage());
    for (let n = 0; n < 25; n++) await put(client, `k${n}`, { text: { S: 'x'.repeat(100_000) } });
    let read = 0;
    let pages = 0;
    let ExclusiveStartKey: ScanCommandOutput['LastEvaluatedKey'];
    do {
      const page: ScanCommandOutput = await client.send(new ScanCommand({ TableName, ExclusiveStartKey }));
      read += page.Count!;
      pages++;
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    expect([read, pages > 1]).toEqual([25, true]);
  });

  test('cannot be written in a transaction, which dynalite does not have', async () => {
    const stage = new Stage();
    const { TransactWriteItemsCommand } = await import('@aws-sdk/client-dynamodb');
    const client = await table(stage);
    const TransactItems = [{ Put: { TableName, Item: { pk: { S: 'a' } } } }];
    await expect(client.send(new TransactWriteItemsCommand({ TransactItems }))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });
});

describe('time to live', () => {
  const enable = (client: DynamoDBClient, Enabled: boolean) =>
    client.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: { AttributeName: 'ttl', Enabled } }));
  const seconds = (offset: number) => ({ ttl: { N: String(START / 1000 + offset) } });

  test('deletes what is over in time, and nothing else', async () => {
    const stage = new Stage({ settings: { timeToLiveSweepSeconds: 3600 } });
    const client = await table(stage);
    await enable(client, true);
    await put(client, 'over', seconds(60));
    await put(client, 'not yet', seconds(7000));
    await put(client, 'never');
    await put(client, 'text', { ttl: { S: '1' } });
    await stage.clock.advance(3_599_000);
    expect(await keys(client)).toHaveLength(4);
    await stage.clock.advance(1_000);
    expect(await keys(client)).toEqual(['never', 'not yet', 'text']);
    await stage.clock.advance(3_600_000);
    expect(await keys(client)).toEqual(['never', 'text']);
  });

  test('stops when it is disabled, and with the table', async () => {
    const stage = new Stage({ settings: { timeToLiveSweepSeconds: 3600 } });
    const client = await table(stage);
    await enable(client, true);
    const describe = () => client.send(new DescribeTimeToLiveCommand({ TableName }));
    expect((await describe()).TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' });
    await expect(enable(client, true)).rejects.toMatchObject({ name: 'ValidationException' });
    await enable(client, false);
    expect((await describe()).TimeToLiveDescription).toEqual({ TimeToLiveStatus: 'DISABLED' });
    await put(client, 'over', seconds(1));
    await stage.clock.advance(7_200_000);
    expect(await keys(client)).toEqual(['over']);
    await enable(client, true);
    await client.send(new DeleteTableCommand({ TableName }));
    await stage.clock.advance(7_200_000);
    expect(stage.clock.next()).toBeUndefined();
  });
});

test('functions wait for the database at the instant of the call', async () => {
  const stage = new Stage();
  await table(stage);
  const times: number[] = [];
  await stage.function('f', async (_, { clients }) => {
    const client = new DynamoDBClient(clients as never);
    for (let n = 0; n < 5; n++) {
      await put(client, `k${n}`);
      times.push(stage.seconds());
    }
  });
  stage.lambda.invokeAsync('f', {});
  stage.clock.at(START + 1, () => void times.push(-1));
  await stage.clock.advance(1000);
  expect(times).toEqual([0, 0, 0, 0, 0, -1]);
});

/** Two names of which dynalite's own hashes are the same. */
function collision(): [string, string] {
  const names = new Map<string, string>();
  for (let number = 0; ; number++) {
    const name = `job#${number}`;
    const hash = createHash('md5').update('Outliers').update(name).digest('hex').slice(0, 6);
    const other = names.get(hash);
    if (other !== undefined) return [other, name];
    names.set(hash, name);
  }
}

test('items with the same index key are all in the index, each until it is taken out, on whichever page', async () => {
  const client = await table(new Stage(), {
    AttributeDefinitions: [
      { AttributeName: 'pk', AttributeType: 'S' },
      { AttributeName: 'openIn', AttributeType: 'S' },
      { AttributeName: 'due', AttributeType: 'N' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'open',
        KeySchema: [
          { AttributeName: 'openIn', KeyType: 'HASH' },
          { AttributeName: 'due', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  });
  const open = async () => {
    const found: (string | undefined)[] = [];
    let ExclusiveStartKey: QueryCommandOutput['LastEvaluatedKey'];
    do {
      const page: QueryCommandOutput = await client.send(
        new QueryCommand({
          TableName,
          IndexName: 'open',
          KeyConditionExpression: 'openIn = :q',
          ExpressionAttributeValues: { ':q': { S: 'q' } },
          Limit: 1,
          ExclusiveStartKey,
        }),
      );
      found.push(...page.Items!.map(({ pk }) => pk!.S));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return found.sort();
  };
  const pair = collision();
  for (const pk of pair) await put(client, pk, { openIn: { S: 'q' }, due: { N: '1' } });
  expect(await open()).toEqual([...pair].sort());
  await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pair[0] } } }));
  await client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: 'not there' } } }));
  expect(await open()).toEqual([pair[1]]);
});
