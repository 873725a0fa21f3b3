import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

/** The item as it was read. */
export interface Reading<S> {
  readonly state: S;
  /** When the look was that the state is from: what happened before has been seen. */
  readonly observedAt: number;
  /** Until when somebody acts; 0 when nobody does. */
  readonly leaseUntil: number;
  /** Counts the writes. What was decided on a reading may be done only while nobody has written since. */
  readonly version: number;
  /** The state as it is stored. */
  readonly text: string | undefined;
}

/** What a look has led to. */
export interface Outcome<S> {
  readonly state: S;
  readonly observedAt: number;
}

/** Where an item is, and how what it holds is read. */
export interface ItemPlace<S> {
  readonly tableName: string;
  readonly key: Readonly<Record<string, AttributeValue>>;
  /** @param text undefined before the first write; it may have been written by an older release */
  readonly parse: (text: string | undefined) => S;
}

/**
 * What a controller keeps between runs: one item. Looking takes no lease: whoever wants to act on a look may, if nobody
 * has written to the item since he read it. So a tick with nothing to do costs one read.
 */
export class StateItem<S> {
  constructor(
    private readonly dynamo: DynamoDBClient,
    private readonly place: ItemPlace<S>,
  ) {}

  async read(): Promise<Reading<S>> {
    const { tableName: TableName, key: Key, parse } = this.place;
    const { Item: item = {} } = await this.dynamo.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
    const numberIn = (name: string) => Number(item[name]?.N ?? 0);
    const text = item['state']?.S;
    return {
      state: parse(text),
      observedAt: numberIn('observedAt'),
      leaseUntil: numberIn('leaseUntil'),
      version: numberIn('version'),
      text,
    };
  }

  /** Keeps what was learned where there is nothing to do. @returns false when somebody has written since */
  async keep(reading: Reading<S>, { state, observedAt }: Outcome<S>): Promise<boolean> {
    const text = JSON.stringify(state);
    if (text === reading.text) return true;
    const written = await this.write(
      reading,
      'SET #state = :state, observedAt = :observedAt REMOVE leaseUntil ADD version :one',
      { ':state': { S: text }, ':observedAt': numeric(observedAt) },
    );
    return written !== undefined;
  }

  /**
   * Takes the right to act on what was decided, and writes down what is about to be done.
   *
   * @param until later than the function's timeout, so that nobody acts on a lease that has run out
   * @returns undefined when somebody has written since
   */
  async take(reading: Reading<S>, { state, observedAt }: Outcome<S>, until: number): Promise<Lease | undefined> {
    const written = await this.write(
      reading,
      'SET #state = :state, observedAt = :observedAt, leaseUntil = :until ADD version :one',
      { ':state': { S: JSON.stringify(state) }, ':observedAt': numeric(observedAt), ':until': numeric(until) },
    );
    return written && new Lease(this, reading.version + 1);
  }

  /** Tells who holds the lease to look again. @returns false when it has been given back */
  async markDirty({ version }: Reading<S>): Promise<boolean> {
    const marked = await this.update({
      UpdateExpression: 'SET dirty = :true',
      ConditionExpression: 'version = :version AND attribute_exists(leaseUntil)',
      ExpressionAttributeValues: { ':true': { BOOL: true }, ':version': numeric(version) },
    });
    return marked !== undefined;
  }

  /** @returns what was there before; undefined when the condition does not hold */
  async update(
    input: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>,
  ): Promise<Record<string, AttributeValue> | undefined> {
    try {
      const { Attributes = {} } = await this.dynamo.send(
        new UpdateItemCommand({
          TableName: this.place.tableName,
          Key: this.place.key,
          ReturnValues: 'ALL_OLD',
          ...input,
        }),
      );
      return Attributes;
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
      throw error;
    }
  }

  private write({ version }: Reading<S>, UpdateExpression: string, values: Record<string, AttributeValue>) {
    return this.update({
      UpdateExpression,
      ConditionExpression: version === 0 ? 'attribute_not_exists(version)' : 'version = :version',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: {
        ...values,
        ':one': numeric(1),
        ...(version > 0 && { ':version': numeric(version) }),
      },
    });
  }
}

/** The right to act, until it is given back or runs out. */
export class Lease {
  constructor(
    private readonly item: StateItem<unknown>,
    private readonly version: number,
  ) {}

  /** Gives the lease back. @returns whether a trigger came while it was held */
  async release(): Promise<boolean> {
    const before = await this.item.update({
      UpdateExpression: 'REMOVE leaseUntil, dirty',
      ConditionExpression: 'version = :version',
      ExpressionAttributeValues: { ':version': numeric(this.version) },
    });
    if (!before) throw new Error(`Lease ${this.version} ran out and was taken by another invocation`);
    return before['dirty'] !== undefined;
  }
}

function numeric(value: number): AttributeValue {
  return { N: String(value) };
}
