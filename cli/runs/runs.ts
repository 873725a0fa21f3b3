import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { client } from '../aws/connection';
import { type Deployed, findDeployed } from '../aws/deployed';
import { findNamed, severalOf } from '../aws/named';
import type { ShownRuns } from './model';
import type { RunsOptions } from './options';
import { render } from './render';
import { scheduleRuns } from './schedule-runs';
import { type TriggerClients, triggerRuns, type TriggerRuns } from './trigger-runs';
import { workflowRuns } from './workflow-runs';

/** @throws CommandError when there is no such schedule or workflow, nor a trigger that has been set off */
export async function runs(options: RunsOptions, now: Date): Promise<string> {
  const shown = await look(options, now.getTime());
  return options.json ? JSON.stringify(shown, null, 2) : render(shown);
}

async function look(options: RunsOptions, now: number): Promise<ShownRuns> {
  const { name, last } = options;
  const scheduler = client(SchedulerClient, options);
  const dynamo = client(DynamoDBClient, options);
  const batch = client(BatchClient, options);
  const deployed = await findDeployed(client(LambdaClient, options), options.function);
  const found = await findNamed(scheduler, deployed, name, () => triggerOf({ batch, dynamo }, deployed, name, last));
  if (found.kind === 'trigger') return found;
  if (found.kind === 'workflow') return workflowRuns(dynamo, found.runner.config, last);
  return scheduleRuns({ batch, dynamo, scheduler }, found.runner.config, name, last, now);
}

/** Triggers are known by the events that have set them off. @throws CommandError when there are several of the name */
async function triggerOf(
  clients: TriggerClients,
  { schedules }: Deployed,
  name: string,
  last: number,
): Promise<TriggerRuns | undefined> {
  const found = await Promise.all(
    schedules.map(async (runner) => ({ runner, runs: await triggerRuns(clients, runner.config, name, last) })),
  );
  const [only, ...others] = found.filter(({ runs }) => runs !== undefined);
  if (others.length > 0)
    throw severalOf(
      name,
      [only!, ...others].map(({ runner }) => runner),
    );
  return only?.runs;
}
