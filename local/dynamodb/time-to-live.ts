import type { Timer } from '../simulation/clock';
import type { World } from '../world';
import type { DynaliteStore } from './dynalite-store';

type Item = Record<string, Record<string, unknown>>;

/** Deletes the items of one table whose time is over. DynamoDB does it "within a few days". */
export class TimeToLive {
  private timer: Timer;

  /** @param attribute the number attribute that holds the time, in seconds since the epoch. */
  constructor(
    private readonly world: World,
    private readonly store: DynaliteStore,
    private readonly tableName: string,
    readonly attribute: string,
  ) {
    this.timer = this.arm();
  }

  stop(): void {
    this.timer.cancel();
  }

  private arm(): Timer {
    return this.world.clock.after(this.world.settings.timeToLiveSweepSeconds * 1000, async () => {
      this.timer = this.arm();
      await this.sweep();
    });
  }

  private async sweep(): Promise<void> {
    const { TableName, KeySchema } = await this.describe();
    const nowSeconds = String(Math.floor(this.world.clock.now() / 1000));
    const condition = 'attribute_type(#ttl, :number) AND #ttl < :now';
    const names = {
      ExpressionAttributeNames: { '#ttl': this.attribute },
      ExpressionAttributeValues: { ':number': { S: 'N' }, ':now': { N: nowSeconds } },
    };
    let start: unknown;
    do {
      const page = (await this.call('Scan', {
        TableName,
        ExclusiveStartKey: start,
        FilterExpression: condition,
        ...names,
      })) as { Items: Item[]; LastEvaluatedKey?: unknown };
      for (const item of page.Items) {
        const Key = Object.fromEntries(KeySchema.map(({ AttributeName }) => [AttributeName, item[AttributeName]]));
        await this.call('DeleteItem', { TableName, Key, ConditionExpression: condition, ...names });
      }
      start = page.LastEvaluatedKey;
    } while (start !== undefined);
  }

  private async describe(): Promise<{ TableName: string; KeySchema: { AttributeName: string }[] }> {
    const { Table } = (await this.call('DescribeTable', { TableName: this.tableName })) as {
      Table: { TableName: string; KeySchema: { AttributeName: string }[] };
    };
    return Table;
  }

  private async call(operation: string, input: object): Promise<unknown> {
    const { statusCode, body } = await this.store.send(operation, Buffer.from(JSON.stringify(input)));
    // Somebody has given the item more time since it was read.
    if (body.includes('#ConditionalCheckFailedException')) return undefined;
    if (statusCode !== 200) throw new Error(`Sweeping ${this.tableName}: ${operation} answered ${body}`);
    return JSON.parse(body);
  }
}
