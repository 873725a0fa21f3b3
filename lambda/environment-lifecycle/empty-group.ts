import type { PoolLifecycleProperties } from '../../lib/lifecycle/config';
import type { Clock } from '../runtime/runtime';
import { close, describeGroup, setProtection } from './group';
import { type DrainClients, DrainingGroup } from './wait-for-jobs';

const PAUSE = 15_000;
const SHORT_PAUSE = 1_000;

/**
 * Empties a pool's group, so that CloudFormation can delete it: it deletes no group with protected instances. May be
 * begun again at any time.
 *
 * @param startedAt when the deletion began
 * @param deadline when to stop waiting
 * @returns what it still waits for; nothing when the group is empty or gone
 */
export async function emptyGroup(
  clients: DrainClients,
  clock: Clock,
  { AutoScalingGroupName, ClusterArn, OnDelete }: PoolLifecycleProperties,
  startedAt: number,
  deadline: number,
): Promise<string[]> {
  const { autoScaling } = clients;
  const protect = OnDelete === 'WAIT_FOR_JOBS';
  const draining = new DrainingGroup(clients, ClusterArn, startedAt);
  for (;;) {
    const group = await describeGroup(autoScaling, AutoScalingGroupName);
    if (!group) return [];
    // Before it is closed: closing removes what is not protected.
    await setProtection(autoScaling, group, protect);
    const instances = group.Instances ?? [];
    if (group.MaxSize! > 0) await close(autoScaling, group, protect);
    else if (instances.length === 0) return [];
    const now = clock.now().getTime();
    const waiting = protect
      ? await draining.step(group, now)
      : instances.map(({ InstanceId }) => `${InstanceId} is being terminated`);
    // Something may have been launched just before the group was closed.
    const pause = instances.length > 0 ? PAUSE : SHORT_PAUSE;
    if (now + pause > deadline) return waiting;
    await clock.sleep(pause);
  }
}
