import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseScheduledJobsConfig } from '../../lib/schedule/config';
import { jobKey } from '../job-ledger/item';
import { LedgerTable } from '../job-ledger/table';
import { Attempts } from '../runtime/attempts';
import { awsHandler } from '../runtime/aws-runtime';
import { client } from '../runtime/clients';
import { jsonLog } from '../runtime/log';
import type { CreateHandler } from '../runtime/runtime';
import { Acts } from './acts';
import type { BackfillPlan, BackfillRequest } from './backfill';
import { Looks } from './looks';
import { Report } from './report';
import { ScheduleReader } from './schedule-reader';
import { ScheduleStore } from './schedule-store';
import { ScheduledJobs } from './scheduled-jobs';
import { JobTarget } from './targets/job-target';
import type { Targets } from './targets/run-target';
import { WorkflowTarget } from './targets/workflow-target';
import { TriggerRuns } from './trigger-runs';

/** Messages of schedules and triggers, the sweep of each minute, or what a person asks for. */
export type ScheduledJobsEvent = SQSEvent | { readonly sweep: true } | { readonly backfill: BackfillRequest };

/** Nothing is begun in the last moments before the function is stopped. */
const LAST_MOMENTS = 5_000;

export const createHandler: CreateHandler<ScheduledJobsEvent, SQSBatchResponse | BackfillPlan | void> = (runtime) => {
  const { clock, env, log: write, random } = runtime;
  const { tableName, groupName, deadLetterQueueUrl, retentionDays } = parseScheduledJobsConfig(env['CONFIG']);
  const log = jsonLog(write);
  const table = new LedgerTable(client(DynamoDBClient, runtime), tableName);
  const batch = client(BatchClient, runtime);
  const submit = client(BatchClient, runtime, { repeated: ['THROTTLING'] });
  const lambda = client(LambdaClient, runtime);
  const kept = (jobId: string) => table.get(jobKey(jobId));
  const jobClients = { batch, submit, kept, now: () => clock.now().getTime() };
  const targets: Targets = (config) =>
    config.kind === 'job' ? new JobTarget(config, jobClients) : new WorkflowTarget(config, lambda);
  const events = client(EventBridgeClient, runtime);
  const report = new Report({
    events,
    sqs: client(SQSClient, runtime),
    deadLetterQueueUrl,
    groupName,
    clock,
    log,
    write,
  });
  const reader = new ScheduleReader(client(SchedulerClient, runtime), groupName);
  const store = new ScheduleStore(table, groupName, retentionDays);
  const acts = new Acts({ groupName, store, report, targets, clock });
  const looks = new Looks({ reader, store, acts, targets, clock, random });
  const triggers = new TriggerRuns({ groupName, table, report, targets, clock, retentionDays });
  const jobs = new ScheduledJobs({ looks, triggers, reader, store, clock, log });
  return async (event, context) => {
    const deadline = clock.now().getTime() + context.getRemainingTimeInMillis();
    const attempts = new Attempts(log, () => clock.now().getTime() < deadline - LAST_MOMENTS);
    const invocation = { deadline, attempts };
    if ('Records' in event) return jobs.receive(event, invocation);
    if ('backfill' in event) return jobs.backfill(event.backfill, invocation);
    await jobs.sweep(invocation);
    if (attempts.failures.length > 0) {
      throw new AggregateError(
        attempts.failures,
        `${attempts.failures.length} steps failed and are left to the next sweep`,
      );
    }
    return undefined;
  };
};

export const handler = awsHandler(createHandler);
