import { instanceHistories } from '../../../local/ecs/instance-history';
import type { InstanceHistory } from '../../../local/ecs/instance-history';
import { Compute, START } from '../ec2/compute';

const at = (seconds: number): number => START + seconds * 1000;

function histories(compute: Compute): InstanceHistory[] {
  return instanceHistories(compute.ec2, compute.ecs);
}

test('an instance is recorded from its launch to its end, with what it killed and who ended it', async () => {
  const compute = new Compute({ instancePendingSeconds: 15, instanceShutdownSeconds: 30, registrationSeconds: 90 });
  const clusterArn = compute.ecs.createCluster('jobs');
  const { instanceId } = compute.ec2.launch(compute.request({ requester: 'autoscaling:pool' }));
  await compute.seconds(100);
  const start = (startedBy: string): string =>
    compute.ecs.startTask({
      clusterArn,
      containerInstanceArn: compute.ecs.placeable(clusterArn)[0]!.containerInstanceArn,
      resources: { vcpus: 1, memoryMiB: 1024, gpus: 0 },
      startedBy,
      onHostLost: () => {},
    });
  const first = start('first');
  expect(histories(compute)[0]).toMatchObject({ longestIdleMilliseconds: 10_000 });
  expect(histories(compute)[0]!.idleSince).toBeUndefined();
  await compute.seconds(20);
  compute.ecs.stopTask(first, 'done');
  expect(histories(compute)[0]).toMatchObject({ idleSince: at(120) });
  await compute.seconds(40);
  start('second');
  compute.ec2.terminate(instanceId, 'too many', 'scale-in');
  await compute.seconds(60);
  expect(histories(compute)).toEqual([
    {
      instanceId,
      instanceType: 'm5.xlarge',
      availabilityZone: 'us-east-1a',
      spot: false,
      requester: 'autoscaling:pool',
      state: 'terminated',
      launchedAt: at(0),
      runningAt: at(15),
      registeredAt: at(90),
      shuttingDownAt: at(160),
      terminatedAt: at(190),
      terminationCause: 'scale-in',
      terminationReason: 'too many',
      tasksStarted: 2,
      longestIdleMilliseconds: 40_000,
      killed: ['second'],
    },
  ]);
});

test('the time until the host goes counts as idle', async () => {
  const compute = new Compute({ registrationSeconds: 90 });
  compute.ecs.createCluster('jobs');
  const { instanceId } = compute.ec2.launch(compute.request());
  await compute.seconds(390);
  compute.ec2.terminate(instanceId, 'idle');
  await compute.seconds(100);
  expect(histories(compute)[0]).toMatchObject({ longestIdleMilliseconds: 300_000, killed: [] });
  expect(histories(compute)[0]!.idleSince).toBeUndefined();
});

test('an instance that never registers has a history too', async () => {
  const compute = new Compute();
  compute.ec2.launch(compute.request());
  await compute.seconds(600);
  expect(histories(compute)[0]).toMatchObject({ state: 'running', tasksStarted: 0, longestIdleMilliseconds: 0 });
  expect(histories(compute)[0]!.registeredAt).toBeUndefined();
});
