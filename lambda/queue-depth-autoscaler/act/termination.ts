import { TerminateInstanceInAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import type { ContainerInstance } from '@aws-sdk/client-ecs';
import { deregisterIdle, describeContainerInstances, listContainerInstances } from '../../ecs/container-instances';
import type { InstanceAction } from '../model';
import type { Placements } from '../observe/placements';
import { observeContainer } from '../observe/supply';
import type { ActContext } from './context';
import { GroupSize } from './group-minimum';

type Registrations = ReadonlyMap<string, ContainerInstance>;

/**
 * Terminates instances after a last look at the jobs that ECS and Batch know there. A registered instance is first taken
 * out of its cluster, which ECS refuses while a task runs there: no job slips in between the look and the termination.
 *
 * @param desired each pool's desired capacity now
 */
export async function terminate(
  context: ActContext,
  terminations: readonly InstanceAction[],
  desired: ReadonlyMap<string, number>,
): Promise<void> {
  if (terminations.length === 0) return;
  const { look } = context;
  const [placements, registered] = await Promise.all([look.placements(), readRegistrations(context, terminations)]);
  const sizes = new Map(
    look.supply.groups.map((group) => [group.pool.name, new GroupSize(group, desired.get(group.pool.name)!)]),
  );
  for (const action of terminations) {
    await context.attempts.attempt('terminate', action, async () => {
      const size = sizes.get(action.pool)!;
      const kept =
        size.decrement() === 'refused'
          ? 'its group is at its minimum size'
          : (lastLook(context, action, registered.get(action.instanceId), placements) ??
            (await deregister(context, registered.get(action.instanceId))));
      if (kept === undefined) await terminateInstance(context, action, size);
      else context.log.info('keep', { ...action, reason: kept });
    });
  }
}

async function readRegistrations(
  { clients: { ecs }, config: { clusterArn }, look }: ActContext,
  terminations: readonly InstanceAction[],
): Promise<Registrations> {
  const arns = terminations.flatMap(
    ({ instanceId }) => look.supply.containerInstances.get(instanceId)?.containerInstanceArn ?? [],
  );
  // One that had not registered may have done so since: only the list tells.
  const instances =
    arns.length < terminations.length
      ? await listContainerInstances(ecs, clusterArn)
      : await describeContainerInstances(ecs, clusterArn, arns);
  return new Map(instances.map((instance) => [instance.ec2InstanceId!, instance]));
}

/** @returns why the instance has to stay */
function lastLook(
  { look }: ActContext,
  { instanceId }: InstanceAction,
  registered: ContainerInstance | undefined,
  placements: Placements,
): string | undefined {
  if (!registered) return undefined;
  const before = look.supply.containerInstances.get(instanceId);
  if (!before) return 'it has registered meanwhile';
  if (registered.status !== before.status) return `it has become ${registered.status} meanwhile`;
  const { jobs } = observeContainer(registered, placements);
  return jobs > 0 ? `${jobs} jobs were placed on it meanwhile` : undefined;
}

/** @returns why the instance has to stay */
async function deregister(
  { clients, config }: ActContext,
  registered: ContainerInstance | undefined,
): Promise<string | undefined> {
  if (!registered) return undefined;
  try {
    await deregisterIdle(clients.ecs, config.clusterArn, registered.containerInstanceArn!);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'InvalidParameterException') throw error;
    // Refused because of a task there, or because an answer was lost and this is the second try.
    const still = await describeContainerInstances(clients.ecs, config.clusterArn, [registered.containerInstanceArn!]);
    return still.length > 0 ? error.message : undefined;
  }
}

async function terminateInstance({ clients, log }: ActContext, action: InstanceAction, size: GroupSize): Promise<void> {
  const decrement = size.decrement() === true;
  await clients.autoScaling.send(
    new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId: action.instanceId,
      ShouldDecrementDesiredCapacity: decrement,
    }),
  );
  size.terminated(decrement);
  log.info('terminate', action);
}
