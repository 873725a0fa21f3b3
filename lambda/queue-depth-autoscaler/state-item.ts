import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { EMPTY_STATE } from './decide';
import type { AutoscalerState } from './model';
import type { ReadCursor } from './observe/queue-scan';

/** What is kept between ticks: the decision's state, and what only observing needs. */
export interface StoredState {
  readonly autoscaler: AutoscalerState;
  /** When each instance was first seen, by instance id: groups do not tell launch times. */
  readonly launchedAt: Readonly<Record<string, number>>;
  /** Where the next tick reads on in the lists of jobs; absent to begin at the top. */
  readonly cursor?: ReadCursor;
}

const INITIAL: StoredState = { autoscaler: EMPTY_STATE, launchedAt: {} };

/** The item as it was read. */
export interface Reading {
  readonly state: StoredState;
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
export interface Outcome {
  readonly state: StoredState;
  readonly observedAt: number;
}

/**
 * The item of one environment. Looking takes no lease: whoever wants to act on a look may, if nobody has written to the
 * item since he read it. So a tick with nothing to do costs one read.
 */
export class StateItem {
  constructor(
    private readonly dynamo: DynamoDBClient,
    private readonly tableName: string,
    private readonly computeEnvironment: string,
  ) {}

  async read(): Promise<Reading> {
    const { Item: item = {} } = await this.dynamo.send(
      new GetItemCommand({ TableName: this.tableName, Key: this.key(), ConsistentRead: true }),
    );
    const numberIn = (name: string) => Number(item[name]?.N ?? 0);
    const text = item['state']?.S;
    return {
      state: text === undefined ? INITIAL : parseState(text),
      observedAt: numberIn('observedAt'),
      leaseUntil: numberIn('leaseUntil'),
      version: numberIn('version'),
      text,
    };
  }

  /** Keeps what was learned where there is nothing to do. @returns false when somebody has written since */
  async keep(reading: Reading, { state, observedAt }: Outcome): Promise<boolean> {
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
  async take(reading: Reading, { state, observedAt }: Outcome, until: number): Promise<Lease | undefined> {
    const written = await this.write(
      reading,
      'SET #state = :state, observedAt = :observedAt, leaseUntil = :until ADD version :one',
      { ':state': { S: JSON.stringify(state) }, ':observedAt': numeric(observedAt), ':until': numeric(until) },
    );
    return written && new Lease(this, reading.version + 1);
  }

  /** Tells who holds the lease to look again. @returns false when it has been given back */
  async markDirty({ version }: Reading): Promise<boolean> {
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
        new UpdateItemCommand({ TableName: this.tableName, Key: this.key(), ReturnValues: 'ALL_OLD', ...input }),
      );
      return Attributes;
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
      throw error;
    }
  }

  private write({ version }: Reading, UpdateExpression: string, values: Record<string, AttributeValue>) {
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

  private key(): Record<string, AttributeValue> {
    return { computeEnvironment: { S: this.computeEnvironment } };
  }
}

/** The right to act on an environment, until it is given back or runs out. */
export class Lease {
  constructor(
    private readonly item: StateItem,
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

function parseState(text: string): StoredState {
  const stored = JSON.parse(text) as Partial<StoredState>;
  // An item written by an older release lacks what this one added.
  return { ...INITIAL, ...stored, autoscaler: { ...INITIAL.autoscaler, ...stored.autoscaler } };
}

function numeric(value: number): AttributeValue {
  return { N: String(value) };
}
