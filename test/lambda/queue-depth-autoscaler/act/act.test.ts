import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { ContainerInstance, ECSClient } from '@aws-sdk/client-ecs';
import { act } from '../../../../lambda/queue-depth-autoscaler/act/act';
import { Attempts } from '../../../../lambda/runtime/attempts';
import type { Decision } from '../../../../lambda/queue-depth-autoscaler/model';
import type { PoolGroup } from '../../../../lambda/queue-depth-autoscaler/observe/groups';
import type { Look } from '../../../../lambda/queue-depth-autoscaler/observe/observe';
import type { Placements } from '../../../../lambda/queue-depth-autoscaler/observe/placements';
import { jsonLog } from '../../../../lambda/runtime/log';
import type { AutoscalerConfig } from '../../../../lib/autoscaling/config';
import { type Call, scriptedClient, sdkError } from '../../scripted-client';

const NOTHING: Decision = {
  launches: [],
  drains: [],
  undrains: [],
  terminations: [],
  resets: [],
  protections: [],
  misfits: [],
  unplaced: [],
  state: {} as Decision['state'],
};

interface Scene {
  desired: number;
  min?: number;
  max?: number;
  /** Instances of the group; what each is to ECS when it was observed, if it was registered. */
  instances?: Record<string, 'ACTIVE' | 'DRAINING' | 'unregistered'>;
  /** What has changed in ECS since. */
  now?: Record<string, Partial<ContainerInstance> | undefined>;
  placements?: Placements;
  refuse?: Record<string, Error>;
  /** What ECS says when instances are deregistered. */
  deregister?: Record<string, Error>;
  /** Whether a deregistration that was answered with an error has happened all the same. */
  answersAreLost?: boolean;
  timeIsLeft?: () => boolean;
}

const arnOf = (instanceId: string) => `arn:${instanceId}`;

async function carryOut(scene: Scene, decision: Partial<Decision>) {
  const calls: Call[] = [];
  const lines: Record<string, unknown>[] = [];
  const log = jsonLog((line) => lines.push(JSON.parse(line) as Record<string, unknown>));
  const instances = Object.entries(scene.instances ?? {});
  const observed = new Map<string, ContainerInstance>();
  for (const [id, status] of instances) {
    if (status !== 'unregistered') {
      observed.set(id, { ec2InstanceId: id, containerInstanceArn: arnOf(id), status, runningTasksCount: 0 });
    }
  }
  const current = new Map(observed);
  for (const [id, change] of Object.entries(scene.now ?? {})) {
    if (change) current.set(id, { ec2InstanceId: id, containerInstanceArn: arnOf(id), ...observed.get(id), ...change });
    else current.delete(id);
  }
  const answer = (operation: string, result: (input: never) => object | void) => (input: never) => {
    const refusal = scene.refuse?.[operation];
    if (refusal) throw refusal;
    return result(input);
  };
  const autoScaling = scriptedClient<AutoScalingClient>(
    {
      SetDesiredCapacity: answer('SetDesiredCapacity', () => {}),
      TerminateInstanceInAutoScalingGroup: answer('TerminateInstanceInAutoScalingGroup', () => {}),
    },
    calls,
  );
  const ecs = scriptedClient<ECSClient>(
    {
      ListContainerInstances: () => ({
        containerInstanceArns: [...current.values()].map(({ containerInstanceArn }) => containerInstanceArn),
      }),
      DescribeContainerInstances: ({ containerInstances }: { containerInstances: string[] }) => ({
        containerInstances: [...current.values()].filter((one) =>
          containerInstances.includes(one.containerInstanceArn!),
        ),
      }),
      UpdateContainerInstancesState: answer('UpdateContainerInstancesState', () => ({
        failures: [{ arn: arnOf('i-missing'), reason: 'MISSING' }],
      })),
      DeregisterContainerInstance: ({ containerInstance }: { containerInstance: string }) => {
        const refusal = scene.deregister?.[containerInstance];
        if (!refusal || scene.answersAreLost) current.delete(containerInstance.replace(/^arn:/, ''));
        if (refusal) throw refusal;
      },
    },
    calls,
  );
  const { desired, min = 0, max = 10 } = scene;
  const group: PoolGroup = {
    pool: { name: 'pool', autoScalingGroupName: 'asg' } as PoolGroup['pool'],
    group: { DesiredCapacity: desired, MinSize: min, MaxSize: max } as PoolGroup['group'],
    instances: instances.map(([instanceId]) => ({
      instanceId,
      instanceType: 'c5.large',
      lifecycle: 'InService',
      outdated: false,
    })),
  };
  const look = {
    supply: { groups: [group], containerInstances: observed },
    placements: async () => scene.placements ?? new Map(),
  } as unknown as Look;
  const attempts = new Attempts(log, scene.timeIsLeft ?? (() => true));
  const config = { clusterArn: 'cluster' } as AutoscalerConfig;
  await act({ config, clients: { autoScaling, ecs }, look, log, attempts }, { ...NOTHING, ...decision });
  return {
    calls,
    failures: attempts.failures,
    lines: lines.map(({ message, instanceId, reason }) => [message, instanceId, reason]),
    changes: calls
      .filter(({ operation }) => !/^(List|Describe)/.test(operation))
      .map(({ operation, input }) => [
        operation,
        input['DesiredCapacity'] ?? input['InstanceId'] ?? input['containerInstances'] ?? input['containerInstance'],
      ]),
    decrements: calls.flatMap(({ input }) => input['ShouldDecrementDesiredCapacity'] ?? []),
  };
}

const on = (...instanceIds: string[]) =>
  instanceIds.map((instanceId) => ({ instanceId, pool: 'pool', reason: 'because' }));

test('nothing decided, nothing called', async () => {
  expect((await carryOut({ desired: 0 }, {})).calls).toEqual([]);
});

describe('a launch', () => {
  const launch = (count: number) => ({ launches: [{ pool: 'pool', count, reason: 'because' }] });

  test('adds to what was asked for', async () => {
    const { changes } = await carryOut({ desired: 3, instances: { 'i-1': 'ACTIVE' } }, launch(2));
    expect(changes).toEqual([['SetDesiredCapacity', 5]]);
  });

  test('adds to what is there when that is more', async () => {
    const { changes } = await carryOut({ desired: 0, instances: { 'i-1': 'ACTIVE', 'i-2': 'ACTIVE' } }, launch(2));
    expect(changes).toEqual([['SetDesiredCapacity', 4]]);
  });

  test('adds to what is left when what failed is taken back, in one call', async () => {
    const resets = [{ pool: 'pool', desired: 1, reason: 'no capacity' }];
    const { changes, lines } = await carryOut({ desired: 6, instances: { 'i-1': 'ACTIVE' } }, { ...launch(2), resets });
    expect(changes).toEqual([['SetDesiredCapacity', 3]]);
    expect(lines.map(([message]) => message)).toEqual(['reset', 'launch']);
  });

  test('stays within the group’s own limits', async () => {
    expect((await carryOut({ desired: 9, max: 10 }, launch(5))).changes).toEqual([['SetDesiredCapacity', 10]]);
    const resets = [{ pool: 'pool', desired: 0, reason: 'no capacity' }];
    expect((await carryOut({ desired: 6, min: 2 }, { resets })).changes).toEqual([['SetDesiredCapacity', 2]]);
  });

  test('that fails keeps nothing else from being done, and is surfaced', async () => {
    const scene: Scene = {
      desired: 1,
      instances: { 'i-1': 'ACTIVE' },
      refuse: { SetDesiredCapacity: sdkError('ScalingActivityInProgressFault', 'wait') },
    };
    const { changes, failures, lines } = await carryOut(scene, { ...launch(1), drains: on('i-1') });
    expect(changes.at(-1)).toEqual(['UpdateContainerInstancesState', ['arn:i-1']]);
    expect(failures).toEqual([scene.refuse!['SetDesiredCapacity']]);
    expect(lines[0]![0]).toBe('set desired capacity failed');
  });
});

describe('draining', () => {
  test('goes ten instances a call', async () => {
    const ids = Array.from({ length: 23 }, (_, index) => `i-${index}`);
    const instances = Object.fromEntries(ids.map((id) => [id, 'ACTIVE' as const]));
    const { calls } = await carryOut({ desired: 23, instances }, { drains: on(...ids) });
    expect(calls.map(({ input }) => (input['containerInstances'] as string[]).length)).toEqual([10, 10, 3]);
    expect(calls.every(({ input }) => input['status'] === 'DRAINING')).toBe(true);
  });

  test('is not begun where the group’s minimum would keep the instance', async () => {
    const instances = { 'i-1': 'ACTIVE', 'i-2': 'ACTIVE', 'i-3': 'DRAINING' } as const;
    const { changes } = await carryOut({ desired: 3, min: 1, instances }, { drains: on('i-1', 'i-2') });
    expect(changes).toEqual([['UpdateContainerInstancesState', ['arn:i-1']]]);
  });

  test('is told of each instance, and what ECS refused', async () => {
    const instances = { 'i-1': 'ACTIVE', 'i-missing': 'ACTIVE' } as const;
    const { lines } = await carryOut({ desired: 2, instances }, { drains: on('i-1', 'i-missing') });
    expect(lines.map(([message, id]) => [message, id])).toEqual([
      ['drain', 'i-1'],
      ['drain refused', 'i-missing'],
    ]);
  });

  test('is taken back before anything is drained', async () => {
    const instances = { 'i-1': 'DRAINING', 'i-2': 'ACTIVE' } as const;
    const { calls } = await carryOut({ desired: 2, instances }, { undrains: on('i-1'), drains: on('i-2') });
    expect(calls.map(({ input }) => [input['containerInstances'], input['status']])).toEqual([
      [['arn:i-1'], 'ACTIVE'],
      [['arn:i-2'], 'DRAINING'],
    ]);
  });
});

describe('a termination', () => {
  const drained = { 'i-1': 'DRAINING' } as const;
  const terminated = [
    ['DeregisterContainerInstance', 'arn:i-1'],
    ['TerminateInstanceInAutoScalingGroup', 'i-1'],
  ];

  test('takes the instance out of its cluster, then out of its group', async () => {
    const { changes, decrements } = await carryOut({ desired: 1, instances: drained }, { terminations: on('i-1') });
    expect(changes).toEqual(terminated);
    expect(decrements).toEqual([true]);
  });

  test.each<[string, Partial<Scene>, RegExp]>([
    ['ECS shows a task', { now: { 'i-1': { runningTasksCount: 1 } } }, /1 jobs/],
    ['ECS shows a task to come', { now: { 'i-1': { pendingTasksCount: 2 } } }, /2 jobs/],
    ['Batch knows a job there', { placements: new Map([['arn:i-1', { jobs: 1, gpus: 0 }]]) }, /1 jobs/],
    ['somebody took the drain back', { now: { 'i-1': { status: 'ACTIVE' } } }, /ACTIVE/],
    [
      'a task comes after the last look',
      { deregister: { 'arn:i-1': sdkError('InvalidParameterException', 'Found running tasks on the instance.') } },
      /running tasks/,
    ],
  ])('is left out when %s', async (_, change, reason) => {
    const { changes, lines, failures } = await carryOut(
      { desired: 1, instances: drained, ...change },
      { terminations: on('i-1') },
    );
    expect(changes.map(([operation]) => operation)).not.toContain('TerminateInstanceInAutoScalingGroup');
    expect(lines).toEqual([['keep', 'i-1', expect.stringMatching(reason)]]);
    expect(failures).toEqual([]);
  });

  test('of one that never registered is left out when it has registered meanwhile', async () => {
    const scene: Scene = { desired: 1, instances: { 'i-1': 'unregistered' }, now: { 'i-1': { status: 'ACTIVE' } } };
    const { changes, lines } = await carryOut(scene, { terminations: on('i-1') });
    expect(changes).toEqual([]);
    expect(lines[0]!.slice(0, 2)).toEqual(['keep', 'i-1']);
  });

  test('of one that never registered needs no deregistration', async () => {
    const scene: Scene = { desired: 1, instances: { 'i-1': 'unregistered' } };
    expect((await carryOut(scene, { terminations: on('i-1') })).changes).toEqual(terminated.slice(1));
  });

  test('goes on when the deregistration had worked and only its answer was lost', async () => {
    const notFound = sdkError('InvalidParameterException', 'Referenced container instance was not found.');
    const scene: Scene = { desired: 1, instances: drained, deregister: { 'arn:i-1': notFound }, answersAreLost: true };
    expect((await carryOut(scene, { terminations: on('i-1') })).changes.at(-1)).toEqual(terminated[1]);
  });

  test('lowers what the group wants only while it wants all that it has, and never below its minimum', async () => {
    const instances = { 'i-1': 'DRAINING', 'i-2': 'DRAINING', 'i-3': 'DRAINING' } as const;
    const terminations = on('i-1', 'i-2', 'i-3');
    expect((await carryOut({ desired: 3, instances }, { terminations })).decrements).toEqual([true, true, true]);
    expect((await carryOut({ desired: 0, instances }, { terminations })).decrements).toEqual([false, false, false]);
    expect((await carryOut({ desired: 2, instances }, { terminations })).decrements).toEqual([false, true, true]);
    const bounded = await carryOut({ desired: 3, min: 2, instances }, { terminations });
    expect(bounded.decrements).toEqual([true]);
    expect(bounded.lines.map(([message]) => message)).toEqual(['terminate', 'keep', 'keep']);
  });

  test('counts with the desired capacity that the same run has set', async () => {
    const launches = [{ pool: 'pool', count: 1, reason: 'because' }];
    const { changes, decrements } = await carryOut(
      { desired: 0, instances: drained },
      { launches, terminations: on('i-1') },
    );
    expect(changes[0]).toEqual(['SetDesiredCapacity', 2]);
    expect(decrements).toEqual([true]);
  });

  test('that fails keeps the others from nothing', async () => {
    const scene: Scene = {
      desired: 2,
      instances: { 'i-1': 'DRAINING', 'i-2': 'DRAINING' },
      deregister: { 'arn:i-1': sdkError('ServerException') },
    };
    const { changes, failures } = await carryOut(scene, { terminations: on('i-1', 'i-2') });
    expect(changes.at(-1)).toEqual(['TerminateInstanceInAutoScalingGroup', 'i-2']);
    expect(failures).toHaveLength(1);
  });
});

test('nothing is begun when the invocation is about to end', async () => {
  const instances = { 'i-1': 'DRAINING', 'i-2': 'ACTIVE' } as const;
  const decision = {
    launches: [{ pool: 'pool', count: 1, reason: 'because' }],
    drains: on('i-2'),
    terminations: on('i-1'),
  };
  expect((await carryOut({ desired: 2, instances, timeIsLeft: () => false }, decision)).calls).toEqual([]);
});
