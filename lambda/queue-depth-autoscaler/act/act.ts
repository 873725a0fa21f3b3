import { SetDesiredCapacityCommand } from '@aws-sdk/client-auto-scaling';
import { updateContainerInstancesState } from '../../ecs/container-instances';
import type { Decision, InstanceAction } from '../model';
import type { Look } from '../observe/observe';
import type { ActContext } from './context';
import { desiredCapacities } from './desired-capacity';
import { drainsAboveMinimum } from './group-minimum';
import { terminate } from './termination';

/**
 * Carries a decision out. Capacity that is wanted comes first. Each step may fail or be the last one that is done: the
 * next look finds out what came of it.
 */
export async function act(context: ActContext, decision: Decision): Promise<void> {
  const desired = await setDesiredCapacities(context, decision);
  await setState(context, 'undrain', decision.undrains);
  await setState(context, 'drain', drains(context.look, decision.drains));
  await context.attempts.attempt('terminate', {}, () => terminate(context, decision.terminations, desired));
}

async function setDesiredCapacities(context: ActContext, decision: Decision): Promise<ReadonlyMap<string, number>> {
  const { clients, log, look } = context;
  const now = new Map(look.supply.groups.map(({ pool, group }) => [pool.name, group.DesiredCapacity!]));
  for (const { group, desired } of desiredCapacities(look.supply.groups, decision)) {
    const pool = group.pool.name;
    const because = [...decision.resets, ...decision.launches].filter((change) => change.pool === pool);
    await context.attempts.attempt('set desired capacity', { pool, desired }, async () => {
      await clients.autoScaling.send(
        new SetDesiredCapacityCommand({
          AutoScalingGroupName: group.pool.autoScalingGroupName,
          DesiredCapacity: desired,
          HonorCooldown: false,
        }),
      );
      now.set(pool, desired);
      for (const change of because) {
        if ('count' in change) log.info('launch', { pool, count: change.count, desired, reason: change.reason });
        else log.info('reset', { pool, desired: change.desired, reason: change.reason });
      }
    });
  }
  return now;
}

function drains({ supply }: Look, wanted: readonly InstanceAction[]): InstanceAction[] {
  const isDraining = (instanceId: string) => supply.containerInstances.get(instanceId)?.status === 'DRAINING';
  return drainsAboveMinimum(supply.groups, wanted, isDraining);
}

async function setState(
  context: ActContext,
  verb: 'drain' | 'undrain',
  actions: readonly InstanceAction[],
): Promise<void> {
  if (actions.length === 0) return;
  const { clients, config, log, look } = context;
  const byArn = new Map(
    actions.map((action) => [look.supply.containerInstances.get(action.instanceId)!.containerInstanceArn!, action]),
  );
  await context.attempts.attempt(verb, { instances: actions.length }, async () => {
    const status = verb === 'drain' ? 'DRAINING' : 'ACTIVE';
    const refused = await updateContainerInstancesState(clients.ecs, config.clusterArn, [...byArn.keys()], status);
    for (const [arn, action] of byArn) {
      const failure = refused.find((one) => one.arn === arn);
      if (failure) log.warn(`${verb} refused`, { ...action, refusal: failure.reason });
      else log.info(verb, action);
    }
  });
}
