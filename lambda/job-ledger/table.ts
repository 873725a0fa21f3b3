import {
  type AttributeValue,
  BatchGetItemCommand,
  type DynamoDBClient,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DUE, KEY, type LedgerIndex, OPEN } from '../../lib/ledger/config';
import { chunks } from '../runtime/chunks';
import type { Attributes } from './item';

/** A write to one item that happens as a whole or not at all. */
export interface Change {
  /** An attribute that is undefined is removed. */
  readonly set: Readonly<Record<string, AttributeValue | undefined>>;
  /** What the attributes must be now; undefined for one that must not be there. */
  readonly expect?: Readonly<Record<string, AttributeValue | undefined>>;
}

const KEYS_PER_READ = 100;
/** DynamoDB leaves keys out of an answer that would grow too large, or when it is throttled. */
const MOST_READS = 10;

/** The ledger's table. Each item is written for itself, on condition; there are no transactions. */
export class LedgerTable {
  constructor(
    private readonly dynamo: DynamoDBClient,
    private readonly tableName: string,
  ) {}

  async get(id: string): Promise<Attributes | undefined> {
    return (await this.getMany([id])).get(id);
  }

  /** Reads consistently. @returns by id, without those that are not there */
  async getMany(ids: readonly string[]): Promise<Map<string, Attributes>> {
    const pages = await Promise.all(chunks([...new Set(ids)], KEYS_PER_READ).map((some) => this.read(some)));
    return new Map(pages.flat().map((item) => [item[KEY]!.S!, item]));
  }

  /** @returns false when the item is not as expected */
  async update(id: string, { set, expect = {} }: Change): Promise<boolean> {
    const names = new Names();
    const values: Record<string, AttributeValue> = {};
    const value = (of: AttributeValue) => {
      const placeholder = `:v${Object.keys(values).length}`;
      values[placeholder] = of;
      return placeholder;
    };
    const sets: string[] = [];
    const removes: string[] = [];
    for (const [name, to] of Object.entries(set)) {
      if (to === undefined) removes.push(names.of(name));
      else sets.push(`${names.of(name)} = ${value(to)}`);
    }
    const conditions = Object.entries(expect).map(([name, is]) =>
      is === undefined ? `attribute_not_exists(${names.of(name)})` : `${names.of(name)} = ${value(is)}`,
    );
    const expression = [
      sets.length > 0 ? `SET ${sets.join(', ')}` : '',
      removes.length > 0 ? `REMOVE ${removes.join(', ')}` : '',
    ];
    try {
      await this.dynamo.send(
        new UpdateItemCommand({
          TableName: this.tableName,
          Key: { [KEY]: { S: id } },
          UpdateExpression: expression.join(' ').trim(),
          ConditionExpression: conditions.length > 0 ? conditions.join(' AND ') : undefined,
          ExpressionAttributeNames: names.all,
          ExpressionAttributeValues: Object.keys(values).length > 0 ? values : undefined,
        }),
      );
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'ConditionalCheckFailedException') return false;
      throw error;
    }
  }

  /** What a feature has to do by now, the longest due first: keys of items, which are to be read before acting on them. */
  due(feature: string, until: number): AsyncGenerator<Attributes[]> {
    return this.query(DUE, feature, until);
  }

  /** The items of a partition of what is not over, the oldest first, as they were a moment ago. */
  open(partition: string, until?: number): AsyncGenerator<Attributes[]> {
    return this.query(OPEN, partition, until);
  }

  private async *query(index: LedgerIndex, partition: string, until?: number): AsyncGenerator<Attributes[]> {
    let start: Record<string, AttributeValue> | undefined;
    do {
      const page = await this.dynamo.send(
        new QueryCommand({
          TableName: this.tableName,
          IndexName: index.name,
          KeyConditionExpression:
            until === undefined ? '#partition = :partition' : '#partition = :partition AND #sort <= :until',
          ExpressionAttributeNames: {
            '#partition': index.partition,
            ...(until !== undefined && { '#sort': index.sort }),
          },
          ExpressionAttributeValues: {
            ':partition': { S: partition },
            ...(until !== undefined && { ':until': { N: String(until) } }),
          },
          ExclusiveStartKey: start,
        }),
      );
      yield page.Items ?? [];
      start = page.LastEvaluatedKey;
    } while (start);
  }

  private async read(ids: readonly string[]): Promise<Attributes[]> {
    const items: Attributes[] = [];
    let keys: Record<string, AttributeValue>[] = ids.map((id) => ({ [KEY]: { S: id } }));
    for (let reads = 0; keys.length > 0; reads++) {
      if (reads === MOST_READS) throw new Error(`${keys.length} items could not be read`);
      const answer = await this.dynamo.send(
        new BatchGetItemCommand({ RequestItems: { [this.tableName]: { Keys: keys, ConsistentRead: true } } }),
      );
      items.push(...(answer.Responses?.[this.tableName] ?? []));
      keys = answer.UnprocessedKeys?.[this.tableName]?.Keys ?? [];
    }
    return items;
  }
}

/** Placeholders for attributes: any of them may be a reserved word. */
class Names {
  readonly all: Record<string, string> = {};

  of(attribute: string): string {
    const placeholder = `#${attribute}`;
    this.all[placeholder] = attribute;
    return placeholder;
  }
}
