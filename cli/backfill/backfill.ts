import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { BackfillPlan, BackfillRequest } from '../../lambda/scheduled-job/backfill';
import { client } from '../aws/connection';
import { findDeployed } from '../aws/deployed';
import { findNamed } from '../aws/named';
import { CommandError } from '../command/errors';
import type { BackfillOptions } from './options';
import { periodOf } from './period';

/** @throws CommandError when there is no such schedule, or its function refuses */
export async function backfill(options: BackfillOptions, now: Date): Promise<string> {
  const { schedule, dryRun = false, json } = options;
  const period = periodOf(options, now.getTime());
  const lambda = client(LambdaClient, options);
  const deployed = await findDeployed(lambda, options.function);
  const found = await findNamed(client(SchedulerClient, options), deployed, schedule);
  if (found.kind === 'workflow') {
    throw new CommandError(`${schedule} is a workflow: only what a schedule runs has times that can be made up for`);
  }
  const plan = await ask(lambda, found.runner.functionName, { schedule, ...period, dryRun });
  return json ? JSON.stringify(plan, null, 2) : render(plan, period);
}

async function ask(lambda: LambdaClient, FunctionName: string, request: BackfillRequest): Promise<BackfillPlan> {
  const Payload = JSON.stringify({ backfill: request });
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
  const content = JSON.parse(Buffer.from(answer.Payload!).toString()) as BackfillPlan & { errorMessage?: string };
  if (answer.FunctionError) throw new CommandError(content.errorMessage ?? `${FunctionName} has failed`);
  return content;
}

function render({ schedule, dryRun, runs, done }: BackfillPlan, { from, to }: { from: string; to: string }): string {
  const verb = dryRun ? 'would run' : 'run';
  const all = `${schedule} from ${from} to ${to}: ${runs.length} ${runs.length === 1 ? 'time' : 'times'} ${verb}`;
  const before = done.length > 0 ? `, ${done.length} have run or are about to` : '';
  return [`${all}${before}`, ...runs.map((time) => `  ${time}`)].join('\n');
}
