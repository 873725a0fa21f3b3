import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseWorkflowConfig } from '../../lib/workflow/config';
import { JobStore } from '../job-ledger/store';
import { LedgerTable } from '../job-ledger/table';
import { Attempts } from '../runtime/attempts';
import { awsHandler } from '../runtime/aws-runtime';
import { client } from '../runtime/clients';
import { jsonLog } from '../runtime/log';
import type { CreateHandler } from '../runtime/runtime';
import { GraphReader } from './graph-reader';
import { RunObserver } from './observe';
import type { WorkflowRequest } from './requests';
import { RunStore } from './run-store';
import { Runs } from './runs';
import { Workflow } from './workflow';

/** Ends of jobs, what somebody asks for, or the minute's sweep. */
export type WorkflowEvent = SQSEvent | WorkflowRequest | { readonly sweep: true };

/** Nothing is begun in the last moments before the function is stopped. */
const LAST_MOMENTS = 10_000;

export const createHandler: CreateHandler<WorkflowEvent, SQSBatchResponse | object | void> = (runtime) => {
  const { clock, env, log: write, random } = runtime;
  const config = parseWorkflowConfig(env['CONFIG']);
  const { workflow, tableName, graphPath, retentionDays } = config;
  const now = () => clock.now().getTime();
  const log = jsonLog(write);
  const table = new LedgerTable(client(DynamoDBClient, runtime), tableName);
  const ledger = new JobStore(table);
  const batch = client(BatchClient, runtime);
  const store = new RunStore(table, workflow, retentionDays, now);
  const runs = new Runs({
    store,
    observer: new RunObserver(batch, ledger),
    batch,
    submit: client(BatchClient, runtime, { attempts: 1 }),
    events: client(EventBridgeClient, runtime),
    clock,
    random,
    log,
    write,
  });
  const graph = new GraphReader(client(SSMClient, runtime), graphPath);
  const one = new Workflow({ config, graph, store, runs, ledger, clock, random, log });
  return async (event, context) => {
    const deadline = now() + context.getRemainingTimeInMillis();
    const attempts = new Attempts(log, () => now() < deadline - LAST_MOMENTS);
    const invocation = { deadline, attempts };
    if ('Records' in event) return one.receive(event, invocation);
    if ('start' in event) return one.start(event.start, invocation);
    if ('cancel' in event) return one.cancel(event.cancel.runId, event.cancel.reason, invocation);
    if ('status' in event) return one.status(event.status.runId);
    if (!('sweep' in event)) throw new Error('The event has neither start, cancel nor status');
    await one.sweep(invocation);
    if (attempts.failures.length > 0) {
      const message = `${attempts.failures.length} steps failed and are left to the next sweep`;
      throw new AggregateError(attempts.failures, message);
    }
    return undefined;
  };
};

export const handler = awsHandler(createHandler);
