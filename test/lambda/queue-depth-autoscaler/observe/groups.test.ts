import type { Activity, AutoScalingClient, AutoScalingGroup, Instance } from '@aws-sdk/client-auto-scaling';
import type { PoolConfig } from '../../../../lib/autoscaling/config';
import { newestFailure, readGroups } from '../../../../lambda/queue-depth-autoscaler/observe/groups';
import { scriptedClient } from '../../scripted-client';

const POOL = { name: 'cpu', autoScalingGroupName: 'asg' } as PoolConfig;

async function read(group: Partial<AutoScalingGroup>) {
  const autoScaling = scriptedClient<AutoScalingClient>({
    DescribeAutoScalingGroups: () => ({ AutoScalingGroups: [{ AutoScalingGroupName: 'asg', ...group }] }),
  });
  const [found] = await readGroups(autoScaling, [POOL, { ...POOL, name: 'gone', autoScalingGroupName: 'gone' }]);
  return found!;
}

const instance = (LifecycleState: string, more: Partial<Instance> = {}): Instance =>
  ({ InstanceId: LifecycleState, InstanceType: 'c5.large', LifecycleState, ...more }) as Instance;

test('each state of an instance is pending, in service, terminating, or not the group’s', async () => {
  const states = [
    'Pending',
    'Pending:Wait',
    'InService',
    'Terminating:Wait',
    'Terminated',
    'Standby',
    'Warmed:Stopped',
  ];
  const { instances, pool } = await read({ Instances: states.map((state) => instance(state)) });
  expect(pool).toBe(POOL);
  expect(instances.map(({ instanceId, lifecycle }) => [instanceId, lifecycle])).toEqual([
    ['Pending', 'Pending'],
    ['Pending:Wait', 'Pending'],
    ['InService', 'InService'],
    ['Terminating:Wait', 'Terminating'],
    ['Terminated', 'Terminating'],
  ]);
});

describe('an instance is outdated', () => {
  const launched = (version: string, id = 'lt-1') =>
    instance('InService', { LaunchTemplate: { LaunchTemplateId: id, Version: version } });
  const outdated = async (group: Partial<AutoScalingGroup>) => (await read(group)).instances[0]!.outdated;

  test('when its group has another version or template now', async () => {
    const LaunchTemplate = { LaunchTemplateId: 'lt-1', Version: '3' };
    expect(await outdated({ LaunchTemplate, Instances: [launched('2')] })).toBe(true);
    expect(await outdated({ LaunchTemplate, Instances: [launched('3')] })).toBe(false);
    expect(await outdated({ LaunchTemplate, Instances: [launched('3', 'lt-0')] })).toBe(true);
  });

  test('as its own type is launched, in a group of several types', async () => {
    const specification = (Version: string) => ({ LaunchTemplateId: 'lt-1', Version });
    const policy = (override: object) => ({
      MixedInstancesPolicy: {
        LaunchTemplate: { LaunchTemplateSpecification: specification('3'), Overrides: [override] },
      },
    });
    const Instances = [launched('4')];
    expect(await outdated({ ...policy({ InstanceType: 'c5.large' }), Instances })).toBe(true);
    const own = { InstanceType: 'c5.large', LaunchTemplateSpecification: specification('4') };
    expect(await outdated({ ...policy(own), Instances })).toBe(false);
  });

  test('never where the group follows a name of a version', async () => {
    const LaunchTemplate = { LaunchTemplateId: 'lt-1', Version: '$Latest' };
    expect(await outdated({ LaunchTemplate, Instances: [launched('2')] })).toBe(false);
  });
});

describe('the newest launch failure', () => {
  const activity = (StatusCode: string, minute: number, Description = 'Launching a new EC2 instance'): Activity =>
    ({ StatusCode, Description, StatusMessage: `at ${minute}`, EndTime: new Date(minute * 60_000) }) as Activity;

  test('is the one before which nothing succeeded since', () => {
    const terminating = activity('Successful', 9, 'Terminating EC2 instance: i-1');
    const running = activity('InProgress', 8);
    const activities = [terminating, running, activity('Failed', 7), activity('Failed', 6)];
    expect(newestFailure(activities)).toEqual({ at: 420_000, reason: 'at 7' });
  });

  test('is history once a launch has succeeded', () => {
    expect(newestFailure([activity('Successful', 8), activity('Failed', 7)])).toBeUndefined();
    expect(newestFailure([])).toBeUndefined();
  });
});
