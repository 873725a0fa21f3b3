import type { BatchClient } from '@aws-sdk/client-batch';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { RetriesConfig } from '../../lib/retries/config';
import type { JobStore } from '../job-ledger/store';
import type { Log } from '../runtime/log';
import type { LineageStore } from './lineage-store';
import type { Marks } from './marks';
import type { JobObserver } from './observe';

/** What one execution environment works with. */
export interface Context {
  readonly config: RetriesConfig;
  readonly batch: BatchClient;
  /** Makes each call once. */
  readonly batchOnce: BatchClient;
  readonly events: EventBridgeClient;
  readonly sqs: SQSClient;
  readonly ledger: JobStore;
  readonly lineages: LineageStore;
  readonly marks: Marks;
  readonly observer: JobObserver;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Writes one line to the function's log. */
  readonly write: (line: string) => void;
}

export function coveredQueue({ config }: Context, arn: string) {
  return config.queues.find((queue) => queue.arn === arn);
}
