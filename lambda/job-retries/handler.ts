import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseRetriesConfig } from '../../lib/retries/config';
import { JobStore } from '../job-ledger/store';
import { LedgerTable } from '../job-ledger/table';
import { Attempts } from '../runtime/attempts';
import { awsHandler } from '../runtime/aws-runtime';
import { chunks } from '../runtime/chunks';
import { client } from '../runtime/clients';
import { errorFields, jsonLog } from '../runtime/log';
import type { CreateHandler } from '../runtime/runtime';
import type { Context } from './context';
import { LineageStore } from './lineage-store';
import { Marks } from './marks';
import { type Message, readMessage } from './messages';
import { JobObserver } from './observe';
import { Retrier } from './retrier';
import { UnseenFailures } from './unseen';

/** Nothing is begun in the last moments before the function is stopped. */
const LAST_MOMENTS = 15_000;
const MESSAGES_AT_A_TIME = 10;

/** A batch of messages; anything else is the minute's tick. */
type RetriesEvent = SQSEvent | Record<string, never>;

export const createHandler: CreateHandler<RetriesEvent, SQSBatchResponse> = (runtime) => {
  const { clock, random, env, log: write } = runtime;
  const config = parseRetriesConfig(env['CONFIG']);
  const batch = client(BatchClient, runtime);
  const table = new LedgerTable(client(DynamoDBClient, runtime), config.tableName);
  const ledger = new JobStore(table);
  const log = jsonLog(write);
  const now = () => clock.now().getTime();
  const context: Context = {
    config,
    batch,
    batchOnce: client(BatchClient, runtime, { attempts: 1 }),
    events: client(EventBridgeClient, runtime),
    sqs: client(SQSClient, runtime),
    ledger,
    lineages: new LineageStore(table, config.retriesId, now),
    marks: new Marks(table, now),
    observer: new JobObserver(batch, ledger, config.scope),
    now,
    random,
    log,
    write,
  };
  const unseen = new UnseenFailures(context);

  /** @returns the messages that were not dealt with; they go back to the queue, and from there to its dead-letter queue */
  async function receive({ Records }: SQSEvent, retrier: Retrier): Promise<SQSBatchResponse['batchItemFailures']> {
    const failed: SQSBatchResponse['batchItemFailures'] = [];
    for (const some of chunks(Records, MESSAGES_AT_A_TIME)) {
      await Promise.all(
        some.map(async ({ messageId, body }) => {
          try {
            await deal(retrier, readMessage(body));
          } catch (error) {
            log.error('message failed', { messageId, body, ...errorFields(error) });
            failed.push({ itemIdentifier: messageId });
          }
        }),
      );
    }
    return failed;
  }

  async function sweep(retrier: Retrier, attempts: Attempts): Promise<void> {
    for await (const roots of context.lineages.due()) {
      for (const root of roots) await attempts.attempt('advance', { lineage: root }, () => retrier.wake(root));
    }
    let jobIds: string[] = [];
    await attempts.attempt('find failures', {}, async () => {
      jobIds = await unseen.find();
    });
    for (const jobId of jobIds) await attempts.attempt('decide', { jobId }, () => retrier.jobEnded(jobId));
  }

  return async (event, invocation) => {
    const deadline = now() + invocation.getRemainingTimeInMillis();
    const retrier = new Retrier(context, deadline);
    if ('Records' in event) return { batchItemFailures: await receive(event as SQSEvent, retrier) };
    const attempts = new Attempts(log, () => now() < deadline - LAST_MOMENTS);
    await sweep(retrier, attempts);
    if (attempts.failures.length > 0) {
      const message = `${attempts.failures.length} steps failed and are left to the next sweep`;
      throw new AggregateError(attempts.failures, message);
    }
    return { batchItemFailures: [] };
  };
};

function deal(retrier: Retrier, message: Message): Promise<void> {
  return message.kind === 'ended' ? retrier.jobEnded(message.jobId, message.looks) : retrier.wake(message.lineage);
}

export const handler = awsHandler(createHandler);
