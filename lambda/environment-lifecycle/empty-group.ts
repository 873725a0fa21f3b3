import type { PoolLifecycleProperties } from '../../lib/lifecycle/config';
import type { Clock } from '../runtime/runtime';
import { close, describeGroup, setProtection } from './group';
import { type DrainClients, DrainingGroup } from './wait-for-jobs';

const PAUSE = 15_000;
const SHORT_PAUSE = 1_000;
/** Instances come and go between a look and what is done about it; what fails this often in a row stays so. */
const MOST_FAILURES = 5;

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
  properties: PoolLifecycleProperties,
  startedAt: number,
  deadline: number,
): Promise<string[]> {
  const draining = new DrainingGroup(clients, properties.ClusterArn, startedAt);
  let failures = 0;
  for (;;) {
    const now = clock.now().getTime();
    let step: Step;
    try {
      step = await lookAndAct(clients, properties, draining, now);
      failures = 0;
    } catch (error) {
      if (++failures === MOST_FAILURES) throw error;
      step = { waiting: [(error as Error).message], pause: PAUSE };
    }
    if (step === 'empty') return [];
    if (now + step.pause > deadline) return step.waiting;
    await clock.sleep(step.pause);
  }
}

type Step = 'empty' | { readonly waiting: string[]; readonly pause: number };

async function lookAndAct(
  clients: DrainClients,
  { AutoScalingGroupName, OnDelete }: PoolLifecycleProperties,
  draining: DrainingGroup,
  now: number,
): Promise<Step> {
  const { autoScaling } = clients;
  const protect = OnDelete === 'WAIT_FOR_JOBS';
  const group = await describeGroup(autoScaling, AutoScalingGroupName);
  if (!group) return 'empty';
  // Before it is closed: closing removes what is not protected.
  await setProtection(autoScaling, group, protect);
  const instances = group.Instances ?? [];
  if (group.MaxSize! > 0) await close(autoScaling, group, protect);
  else if (instances.length === 0) return 'empty';
  const waiting = protect
    ? await draining.step(group, now)
    : instances.map(({ InstanceId }) => `${InstanceId} is being terminated`);
  // Something may have been launched just before the group was closed.
  return { waiting, pause: instances.length > 0 ? PAUSE : SHORT_PAUSE };
}
