import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
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

const INITIAL: StoredState = {
  autoscaler: EMPTY_STATE,
  launchedAt: {},
};

const ATTEMPTS = 3;

/**
 * The item of one environment. Attributes: `version` counts the leases taken and fences every write; `leaseUntil` is
 * there while somebody works; `dirty` tells the holder that a trigger came meanwhile; `observedAt`; `state` as JSON.
 */
export class StateItem {
  constructor(
    private readonly dynamo: DynamoDBClient,
    private readonly tableName: string,
    private readonly computeEnvironment: string,
  ) {}

  /**
   * Takes the lease in one call when it is free.
   * @param triggeredAt when what caused this happened, at the latest
   * @returns the lease; `stale` when the world was looked at after the trigger; `held` when somebody else works, who
   * has then been told to look again
   */
  async acquire(now: number, until: number, triggeredAt: number): Promise<Lease | 'stale' | 'held'> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const lease = await this.take(now, until, triggeredAt);
      if (lease) return lease;
      const { version, leaseUntil, observedAt } = await this.read();
      if (observedAt >= triggeredAt) return 'stale';
      if (leaseUntil > now && (await this.markDirty(version))) return 'held';
      // The lease was given back between the calls.
    }
    throw new Error(`The lease of ${this.computeEnvironment} changed hands ${ATTEMPTS} times while it was asked for`);
  }

  private async take(now: number, until: number, triggeredAt: number): Promise<Lease | undefined> {
    const attributes = await this.update({
      UpdateExpression: 'SET leaseUntil = :until ADD version :one REMOVE dirty',
      ConditionExpression:
        '(attribute_not_exists(leaseUntil) OR leaseUntil <= :now) AND ' +
        '(attribute_not_exists(observedAt) OR observedAt < :triggeredAt)',
      ExpressionAttributeValues: numbers({ ':until': until, ':one': 1, ':now': now, ':triggeredAt': triggeredAt }),
      ReturnValues: 'ALL_NEW',
    });
    if (!attributes) return undefined;
    const stored = attributes['state']?.S;
    return new Lease(this, Number(attributes['version']?.N), until, stored ? parseState(stored) : INITIAL);
  }

  private async read(): Promise<{ version: number; leaseUntil: number; observedAt: number }> {
    const { Item: item = {} } = await this.dynamo.send(
      new GetItemCommand({ TableName: this.tableName, Key: this.key(), ConsistentRead: true }),
    );
    const number = (name: string) => Number(item[name]?.N ?? 0);
    return { version: number('version'), leaseUntil: number('leaseUntil'), observedAt: number('observedAt') };
  }

  private async markDirty(version: number): Promise<boolean> {
    const attributes = await this.update({
      UpdateExpression: 'SET dirty = :one',
      ConditionExpression: 'version = :version AND attribute_exists(leaseUntil)',
      ExpressionAttributeValues: numbers({ ':one': 1, ':version': version }),
      ReturnValues: 'UPDATED_NEW',
    });
    return attributes !== undefined;
  }

  /** @returns the attributes asked for; undefined when the condition does not hold */
  async update(input: Omit<ConstructorParameters<typeof UpdateItemCommand>[0], 'TableName' | 'Key'>) {
    try {
      const answer = await this.dynamo.send(
        new UpdateItemCommand({ TableName: this.tableName, Key: this.key(), ...input }),
      );
      return answer.Attributes ?? {};
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return undefined;
      throw error;
    }
  }

  private key() {
    return { computeEnvironment: { S: this.computeEnvironment } };
  }
}

/** The right to act on an environment, until it is given back or runs out. */
export class Lease {
  constructor(
    private readonly item: StateItem,
    private readonly version: number,
    /** When it runs out; later than the function's timeout, so that nobody acts after it. */
    readonly until: number,
    readonly state: StoredState,
  ) {}

  /** Writes down what is about to be done. */
  async save(state: StoredState): Promise<void> {
    const saved = await this.item.update({
      UpdateExpression: 'SET #state = :state',
      ConditionExpression: 'version = :version',
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ...numbers({ ':version': this.version }), ':state': { S: JSON.stringify(state) } },
    });
    if (!saved) throw this.lost();
  }

  /**
   * Gives the lease back.
   * @param outcome what to keep; absent when nothing was learned
   * @returns whether a trigger came while it was held
   */
  async release(outcome?: { readonly state: StoredState; readonly observedAt: number }): Promise<boolean> {
    const before = await this.item.update(
      outcome
        ? {
            UpdateExpression: 'SET #state = :state, observedAt = :observedAt REMOVE leaseUntil, dirty',
            ConditionExpression: 'version = :version',
            ExpressionAttributeNames: { '#state': 'state' },
            ExpressionAttributeValues: {
              ...numbers({ ':version': this.version, ':observedAt': outcome.observedAt }),
              ':state': { S: JSON.stringify(outcome.state) },
            },
            ReturnValues: 'ALL_OLD',
          }
        : {
            UpdateExpression: 'REMOVE leaseUntil, dirty',
            ConditionExpression: 'version = :version',
            ExpressionAttributeValues: numbers({ ':version': this.version }),
            ReturnValues: 'ALL_OLD',
          },
    );
    if (!before) throw this.lost();
    return before['dirty'] !== undefined;
  }

  private lost(): Error {
    return new Error(`Lease ${this.version} ran out and was taken by another invocation`);
  }
}

function parseState(text: string): StoredState {
  const stored = JSON.parse(text) as Partial<StoredState>;
  // An item written by an older release lacks what this one added.
  return { ...INITIAL, ...stored, autoscaler: { ...INITIAL.autoscaler, ...stored.autoscaler } };
}

function numbers(values: Record<string, number>): Record<string, { N: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { N: String(value) }]));
}
