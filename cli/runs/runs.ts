import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { client } from '../aws/connection';
import { findDeployed } from '../aws/deployed';
import { findNamed } from '../aws/named';
import type { ShownRuns } from './model';
import type { RunsOptions } from './options';
import { render } from './render';
import { scheduleRuns } from './schedule-runs';
import { workflowRuns } from './workflow-runs';

/** @throws CommandError when there is no such schedule or workflow */
export async function runs(options: RunsOptions, now: Date): Promise<string> {
  const shown = await look(options, now.getTime());
  return options.json ? JSON.stringify(shown, null, 2) : render(shown);
}

async function look(options: RunsOptions, now: number): Promise<ShownRuns> {
  const { name, last } = options;
  const scheduler = client(SchedulerClient, options);
  const dynamo = client(DynamoDBClient, options);
  const deployed = await findDeployed(client(LambdaClient, options), options.function);
  const found = await findNamed(scheduler, deployed, name);
  if (found.kind === 'workflow') return workflowRuns(dynamo, found.runner.config, last);
  return scheduleRuns({ batch: client(BatchClient, options), dynamo, scheduler }, found.runner.config, name, last, now);
}
