import * as dynamodb from '@aws-sdk/client-dynamodb';
import type { ForeignAnswer, ForeignService } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';
import { DynaliteStore } from './dynalite-store';
import type { StoreAnswer } from './dynalite-store';
import { TimeToLive } from './time-to-live';

type Json = Record<string, unknown>;

/** What a table has that dynalite does not know or gets from the real world. */
interface TableExtras {
  readonly id: string;
  readonly createdAt: number;
  pointInTimeRecovery: boolean;
  deletionProtection: boolean;
  timeToLive?: TimeToLive;
}

/** Members of `CreateTable` and `UpdateTable` that change nothing that a client of the local AWS could see. */
const WITHOUT_EFFECT = [
  'SSESpecification',
  'TableClass',
  'OnDemandThroughput',
  'WarmThroughput',
  'ResourcePolicy',
  'Tags',
];

/** Amazon DynamoDB: dynalite, with the tables' times, names and settings of this world. */
export class DynamoDbService {
  readonly api: ForeignService;
  private readonly store = new DynaliteStore();
  private readonly extras = new Map<string, TableExtras>();
  private readonly random;

  constructor(private readonly world: World) {
    this.random = world.random.fork();
    this.api = {
      signingName: 'dynamodb',
      protocol: 'json1.0',
      sdk: dynamodb,
      answer: (operation, body) => this.answer(operation, Buffer.from(body.buffer, body.byteOffset, body.byteLength)),
    };
  }

  private async answer(operation: string, body: Buffer): Promise<ForeignAnswer> {
    const { statusCode, body: text } = await this.perform(operation, body);
    return {
      statusCode,
      headers: { 'content-type': 'application/x-amz-json-1.0' },
      body: Buffer.from(text),
    };
  }

  private perform(operation: string, body: Buffer): Promise<StoreAnswer> {
    switch (operation) {
      case 'CreateTable':
        return this.createTable(JSON.parse(body.toString()) as Json);
      case 'DescribeTable':
        return this.describing(operation, JSON.parse(body.toString()) as Json);
      case 'UpdateTable':
        return this.updateTable(JSON.parse(body.toString()) as Json);
      case 'DeleteTable':
        return this.deleteTable(JSON.parse(body.toString()) as Json);
      case 'BatchGetItem':
        return this.batchGet(body);
      case 'UpdateTimeToLive':
      case 'DescribeTimeToLive':
      case 'UpdateContinuousBackups':
      case 'DescribeContinuousBackups':
        return this.configure(operation, JSON.parse(body.toString()) as Json);
      default:
        return this.store.send(operation, body);
    }
  }

  private async createTable(input: Json): Promise<StoreAnswer> {
    const name = String(input.TableName);
    const created = await this.store.send('CreateTable', json(without(input, WITHOUT_EFFECT)));
    if (created.statusCode !== 200) return created;
    this.extras.set(name, {
      id: this.random.uuid(),
      createdAt: this.world.clock.now(),
      pointInTimeRecovery: false,
      deletionProtection: input.DeletionProtectionEnabled === true,
    });
    // The table becomes active at a real time, which must not be seen here.
    let answer: StoreAnswer;
    do {
      answer = await this.store.send('DescribeTable', json({ TableName: name }));
    } while (!answer.body.includes('"TableStatus":"ACTIVE"'));
    const { Table } = JSON.parse(answer.body) as { Table: Json };
    return this.localized({ statusCode: 200, body: JSON.stringify({ TableDescription: Table }) });
  }

  private async updateTable({ DeletionProtectionEnabled, ...changes }: Json): Promise<StoreAnswer> {
    const extras = this.extras.get(String(changes.TableName));
    if (extras !== undefined && typeof DeletionProtectionEnabled === 'boolean') {
      extras.deletionProtection = DeletionProtectionEnabled;
    }
    const known = without(changes, WITHOUT_EFFECT);
    if (Object.keys(known).length > 1) return this.describing('UpdateTable', known);
    // dynalite refuses an update that changes nothing that it knows.
    const answer = await this.describing('DescribeTable', known);
    return { ...answer, body: answer.body.replace('{"Table":', '{"TableDescription":') };
  }

  private async describing(operation: string, input: Json): Promise<StoreAnswer> {
    return this.localized(await this.store.send(operation, json(input)));
  }

  private async deleteTable(input: Json): Promise<StoreAnswer> {
    const name = String(input.TableName);
    if (this.extras.get(name)?.deletionProtection === true) {
      return refusal(
        'ValidationException',
        'Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first.',
      );
    }
    const answer = this.localized(await this.store.send('DeleteTable', json(input)));
    if (answer.statusCode === 200) {
      this.extras.get(name)?.timeToLive?.stop();
      this.extras.delete(name);
      let left: StoreAnswer;
      do {
        left = await this.store.send('DescribeTable', json({ TableName: name }));
      } while (left.statusCode === 200);
    }
    return answer;
  }

  /** Puts this world's account, times and ids into a table's description. */
  private localized({ statusCode, body }: StoreAnswer): StoreAnswer {
    if (statusCode !== 200) return { statusCode, body };
    const output = JSON.parse(body) as Record<string, Json & { GlobalSecondaryIndexes?: Json[] }>;
    for (const table of Object.values(output)) {
      const name = String(table.TableName);
      const extras = this.extras.get(name)!;
      const tableArn = arn(this.world, 'dynamodb', `table/${name}`);
      table.TableArn = tableArn;
      table.TableId = extras.id;
      table.CreationDateTime = extras.createdAt / 1000;
      table.DeletionProtectionEnabled = extras.deletionProtection;
      if (table.BillingModeSummary !== undefined) {
        table.BillingModeSummary = {
          BillingMode: 'PAY_PER_REQUEST',
          LastUpdateToPayPerRequestDateTime: extras.createdAt / 1000,
        };
      }
      for (const index of table.GlobalSecondaryIndexes ?? [])
        index.IndexArn = `${tableArn}/index/${String(index.IndexName)}`;
    }
    return { statusCode, body: JSON.stringify(output) };
  }

  /** dynalite shuffles the items with real chance; any order is right, so it may as well be the same each time. */
  private async batchGet(body: Buffer): Promise<StoreAnswer> {
    const answer = await this.store.send('BatchGetItem', body);
    if (answer.statusCode !== 200) return answer;
    const output = JSON.parse(answer.body) as { Responses: Record<string, object[]> };
    for (const [table, items] of Object.entries(output.Responses)) {
      output.Responses[table] = items
        .map((item) => JSON.stringify(item))
        .sort()
        .map((item) => JSON.parse(item) as object);
    }
    return { statusCode: 200, body: JSON.stringify(output) };
  }

  /** Settings of a table that dynalite does not have. */
  private async configure(operation: string, input: Json): Promise<StoreAnswer> {
    const name = String(input.TableName);
    const extras = this.extras.get(name);
    if (extras === undefined) {
      return refusal('ResourceNotFoundException', `Requested resource not found: Table: ${name} not found`);
    }
    switch (operation) {
      case 'UpdateTimeToLive':
        return this.updateTimeToLive(
          name,
          extras,
          input.TimeToLiveSpecification as { AttributeName: string; Enabled: boolean },
        );
      case 'DescribeTimeToLive': {
        const attribute = extras.timeToLive?.attribute;
        return ok({
          TimeToLiveDescription:
            attribute === undefined
              ? { TimeToLiveStatus: 'DISABLED' }
              : { TimeToLiveStatus: 'ENABLED', AttributeName: attribute },
        });
      }
      case 'UpdateContinuousBackups': {
        const specification = input.PointInTimeRecoverySpecification as { PointInTimeRecoveryEnabled: boolean };
        extras.pointInTimeRecovery = specification.PointInTimeRecoveryEnabled;
      }
    }
    return ok({
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: {
          PointInTimeRecoveryStatus: extras.pointInTimeRecovery ? 'ENABLED' : 'DISABLED',
        },
      },
    });
  }

  private updateTimeToLive(
    name: string,
    extras: TableExtras,
    { AttributeName, Enabled }: { AttributeName: string; Enabled: boolean },
  ): StoreAnswer {
    const enabled = extras.timeToLive !== undefined;
    if (enabled === Enabled) {
      return refusal('ValidationException', `TimeToLive is already ${enabled ? 'enabled' : 'disabled'}`);
    }
    extras.timeToLive?.stop();
    extras.timeToLive = Enabled ? new TimeToLive(this.world, this.store, name, AttributeName) : undefined;
    return ok({ TimeToLiveSpecification: { AttributeName, Enabled } });
  }
}

function without(input: Json, members: readonly string[]): Json {
  return Object.fromEntries(Object.entries(input).filter(([member]) => !members.includes(member)));
}

function json(input: Json): Buffer {
  return Buffer.from(JSON.stringify(input));
}

function ok(output: object): StoreAnswer {
  return { statusCode: 200, body: JSON.stringify(output) };
}

function refusal(type: string, message: string): StoreAnswer {
  return { statusCode: 400, body: JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message }) };
}
