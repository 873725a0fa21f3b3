import { ListSchedulesCommand, type SchedulerClient } from '@aws-sdk/client-scheduler';
import type { ScheduledJobsConfig } from '../../lib/schedule/config';
import type { WorkflowConfig } from '../../lib/workflow/config';
import { CommandError } from '../command/errors';
import { type Deployed, hint, type OwnFunction } from './deployed';

/** A schedule or a workflow, with the function that looks after it. */
export type Named =
  | { readonly kind: 'schedule'; readonly runner: OwnFunction<ScheduledJobsConfig> }
  | { readonly kind: 'workflow'; readonly runner: OwnFunction<WorkflowConfig> };

/**
 * Finds a schedule or a workflow by its name.
 *
 * @param elsewhere looks for something else of that name, when there is neither
 * @throws CommandError that names those there are, when there is none of that name, or several
 */
export async function findNamed<Other = never>(
  scheduler: SchedulerClient,
  deployed: Deployed,
  name: string,
  elsewhere?: () => Promise<Other | undefined>,
): Promise<Named | Other> {
  const { schedules, workflows } = deployed;
  const inGroups = await Promise.all(
    schedules.map(async (runner) => ({ runner, names: await schedulesOf(scheduler, runner.config.groupName) })),
  );
  const found: Named[] = [
    ...inGroups.filter(({ names }) => names.includes(name)).map(({ runner }): Named => ({ kind: 'schedule', runner })),
    ...workflows
      .filter(({ config }) => config.workflow === name)
      .map((runner): Named => ({ kind: 'workflow', runner })),
  ];
  const [only, ...others] = found;
  if (only && others.length === 0) return only;
  if (only)
    throw severalOf(
      name,
      found.map(({ runner }) => runner),
    );
  const other = await elsewhere?.();
  if (other !== undefined) return other;
  const names = [...inGroups.flatMap(({ names: some }) => some), ...workflows.map(({ config }) => config.workflow)];
  const known = names.length > 0 ? `there are ${names.sort().join(', ')}` : 'there are none at all here';
  const nor = elsewhere ? ', and nothing has set off a trigger of that name' : '';
  throw new CommandError(`There is no schedule and no workflow ${name}${nor}: ${known}${hint(deployed)}`);
}

export function severalOf(name: string, runners: readonly OwnFunction<unknown>[]): CommandError {
  const functions = runners.map(({ functionName }) => functionName).join(', ');
  return new CommandError(`There are several of the name ${name}; --function says which: ${functions}`);
}

async function schedulesOf(scheduler: SchedulerClient, GroupName: string): Promise<string[]> {
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await scheduler.send(new ListSchedulesCommand({ GroupName, NextToken }));
    names.push(...(page.Schedules ?? []).map(({ Name }) => Name!));
    NextToken = page.NextToken;
  } while (NextToken);
  return names;
}
