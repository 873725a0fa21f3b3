import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseLedgerConfig } from '../../lib/ledger/config';
import { Attempts } from '../runtime/attempts';
import { awsHandler } from '../runtime/aws-runtime';
import { client } from '../runtime/clients';
import { errorFields, jsonLog } from '../runtime/log';
import type { CreateHandler } from '../runtime/runtime';
import { Announcer } from './announcer';
import { Measures } from './measures';
import { Recorder } from './recorder';
import { readEvent, type Sighting } from './sighting';
import { JobStore } from './store';
import { Sweep } from './sweep/sweep';
import { LedgerTable } from './table';

/** Nothing is begun in the last moments before the function is stopped. */
const LAST_MOMENTS = 5_000;

/** A batch of events; anything else is the minute's tick. */
type LedgerEvent = SQSEvent | Record<string, never>;

export const createHandler: CreateHandler<LedgerEvent, SQSBatchResponse> = (runtime) => {
  const { clock, env } = runtime;
  const config = parseLedgerConfig(env['CONFIG']);
  const batch = client(BatchClient, runtime);
  const log = jsonLog(runtime.log);
  const table = new LedgerTable(client(DynamoDBClient, runtime), config.tableName);
  const store = new JobStore(table);
  const announcer = new Announcer(client(SQSClient, runtime), store, config.subscribers);
  const measures = new Measures(runtime.log);
  const recorder = new Recorder(store, announcer, measures, config.retentionSeconds, clock, log);

  /** @returns the messages that could not be read or written; they go back to the queue, and from there to its dead-letter queue */
  async function record({ Records }: SQSEvent): Promise<SQSBatchResponse['batchItemFailures']> {
    const readable = new Map<string, Sighting>();
    const failures: string[] = [];
    for (const { messageId, body } of Records) {
      try {
        readable.set(messageId, readEvent(body));
      } catch (error) {
        log.error('unreadable event', { messageId, ...errorFields(error) });
        failures.push(messageId);
      }
    }
    const failed = await recorder.record([...readable.values()]);
    for (const [messageId, { job }] of readable) {
      if (!failed.has(job.jobId)) continue;
      log.error('record failed', { messageId, jobId: job.jobId, ...errorFields(failed.get(job.jobId)) });
      failures.push(messageId);
    }
    return failures.map((itemIdentifier) => ({ itemIdentifier }));
  }

  return async (event, context) => {
    if ('Records' in event) return { batchItemFailures: await record(event as SQSEvent) };
    const deadline = clock.now().getTime() + context.getRemainingTimeInMillis() - LAST_MOMENTS;
    const attempts = new Attempts(log, () => clock.now().getTime() < deadline);
    await new Sweep({ config, batch, table, store, recorder, announcer, measures, clock, log }, attempts).run();
    attempts.throwFailures('sweep');
    return { batchItemFailures: [] };
  };
};

export const handler = awsHandler(createHandler);
