import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { parseTimeoutsConfig } from '../../lib/timeouts/config';
import { JobStore } from '../job-ledger/store';
import { LedgerTable } from '../job-ledger/table';
import { Attempts } from '../runtime/attempts';
import { awsHandler } from '../runtime/aws-runtime';
import { client } from '../runtime/clients';
import { jsonLog } from '../runtime/log';
import type { CreateHandler } from '../runtime/runtime';
import { Tick } from './tick';

/** Nothing is begun in the last moments before the function is stopped. */
const LAST_MOMENTS = 5_000;

/** Whatever the event says, it is time to look. */
export const createHandler: CreateHandler<unknown, void> = (runtime) => {
  const { clock, env } = runtime;
  const config = parseTimeoutsConfig(env['CONFIG']);
  const log = jsonLog(runtime.log);
  const batch = client(BatchClient, runtime);
  const events = client(EventBridgeClient, runtime);
  const store = new JobStore(new LedgerTable(client(DynamoDBClient, runtime), config.tableName));
  return async (_event, context) => {
    const deadline = clock.now().getTime() + context.getRemainingTimeInMillis() - LAST_MOMENTS;
    const attempts = new Attempts(log, () => clock.now().getTime() < deadline);
    await new Tick({ config, batch, events, store, clock, log, write: runtime.log }, attempts).run();
    attempts.throwFailures('tick');
  };
};

export const handler = awsHandler(createHandler);
