import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { StateItem } from '../dynamodb/state-item';
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

/** The item of one environment. */
export function stateItem(
  dynamo: DynamoDBClient,
  tableName: string,
  computeEnvironment: string,
): StateItem<StoredState> {
  return new StateItem(dynamo, { tableName, key: { computeEnvironment: { S: computeEnvironment } }, parse });
}

function parse(text: string | undefined): StoredState {
  if (text === undefined) return INITIAL;
  const stored = JSON.parse(text) as Partial<StoredState>;
  // An item written by an older release lacks what this one added.
  return { ...INITIAL, ...stored, autoscaler: { ...INITIAL.autoscaler, ...stored.autoscaler } };
}
