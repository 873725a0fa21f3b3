import {
  ECS_CLUSTER_RESOURCE_TYPE as CLUSTER_TYPE,
  POOL_LIFECYCLE_RESOURCE_TYPE as POOL_TYPE,
  type OnDelete,
} from '../../../lib/lifecycle/config';
import { ServiceError } from '../../../local/wire/service';
import { CLUSTER, ENVIRONMENT, FakeAccount, GROUP } from './fake-account';

const pool = (OnDelete: OnDelete) => ({ AutoScalingGroupName: GROUP, ClusterArn: CLUSTER, OnDelete });
const MINUTE = 60_000;

describe('the cluster of an environment', () => {
  const properties = { ComputeEnvironmentArn: ENVIRONMENT };

  test('is found', async () => {
    const account = new FakeAccount();
    expect(await account.request('Create', CLUSTER_TYPE, properties)).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: CLUSTER,
      Data: { ClusterArn: CLUSTER, ClusterName: 'foreman' },
      RequestId: 'request-1',
    });
    expect(account.seconds()).toBe(0);
  });

  test('is waited for', async () => {
    const account = new FakeAccount();
    account.environment = { status: 'CREATING' };
    account.later.set(90_000, () => (account.environment = { status: 'VALID', ecsClusterArn: CLUSTER }));
    expect((await account.request('Create', CLUSTER_TYPE, properties)).Status).toBe('SUCCESS');
    expect(account.seconds()).toBe(90);
  });

  test.each<[string, FakeAccount['environment'], RegExp]>([
    ['is not there', undefined, /no compute environment .*foreman/],
    ['is invalid', { status: 'INVALID', statusReason: 'CLIENT_ERROR - no role' }, /INVALID: CLIENT_ERROR - no role/],
    ['never gets one', { status: 'CREATING' }, /no ECS cluster yet \(status CREATING\).*Deploy again/],
  ])('fails with the reason when the environment %s', async (_, environment, reason) => {
    const account = new FakeAccount();
    account.environment = environment;
    const answer = await account.request('Create', CLUSTER_TYPE, properties);
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(reason) });
    // What CloudFormation then rolls back is nothing.
    const deleted = await account.request('Delete', CLUSTER_TYPE, properties, answer.PhysicalResourceId);
    expect(deleted.Status).toBe('SUCCESS');
  });

  test('needs nothing when it is deleted, whatever has become of the environment', async () => {
    const account = new FakeAccount();
    account.environment = undefined;
    expect(await account.request('Delete', CLUSTER_TYPE, properties, CLUSTER)).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: CLUSTER,
    });
    expect(account.calls).toEqual([]);
  });
});

describe('a pool that is made or changed', () => {
  test.each(['Create', 'Update'] as const)('%s suspends rebalancing', async (type) => {
    const account = new FakeAccount();
    expect(await account.request(type, POOL_TYPE, pool('WAIT_FOR_JOBS'))).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: GROUP,
    });
    expect(account.group!.suspended).toEqual(['AZRebalance']);
    expect(account.group!.max).toBe(4);
  });

  test('that cannot be made is rolled back without being touched', async () => {
    const account = new FakeAccount();
    account.refuse = { SuspendProcesses: new ServiceError('AccessDenied', 'not allowed', 403) };
    const answer = await account.request('Create', POOL_TYPE, pool('TERMINATE'));
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: 'not allowed' });
    const calls = account.calls.length;
    expect((await account.request('Delete', POOL_TYPE, pool('TERMINATE'), answer.PhysicalResourceId)).Status).toBe(
      'SUCCESS',
    );
    expect(account.calls).toHaveLength(calls);
  });

  test.each<[string, string, object, RegExp]>([
    ['a policy that does not exist', POOL_TYPE, { ...pool('TERMINATE'), OnDelete: 'HOPE' }, /OnDelete is HOPE/],
    ['a property that is missing', POOL_TYPE, { OnDelete: 'TERMINATE' }, /AutoScalingGroupName is missing/],
    ['a type that is not served', 'Custom::Other', {}, /Custom::Other/],
  ])('%s is refused', async (_, type, properties, reason) => {
    const answer = await new FakeAccount().request('Create', type, properties);
    expect(answer).toMatchObject({ Status: 'FAILED', Reason: expect.stringMatching(reason) });
  });
});

describe('a pool that is deleted', () => {
  test.each<OnDelete>(['WAIT_FOR_JOBS', 'TERMINATE'])('and is empty is closed, at once (%s)', async (onDelete) => {
    const account = new FakeAccount();
    expect((await account.request('Delete', POOL_TYPE, pool(onDelete))).Status).toBe('SUCCESS');
    expect(account.group).toMatchObject({ min: 0, max: 0, desired: 0 });
    expect(account.seconds()).toBeLessThanOrEqual(1);
  });

  test.each<OnDelete>(['WAIT_FOR_JOBS', 'TERMINATE'])(
    'and whose group has gone is a success (%s)',
    async (onDelete) => {
      const account = new FakeAccount();
      account.group = undefined;
      expect((await account.request('Delete', POOL_TYPE, pool(onDelete))).Status).toBe('SUCCESS');
    },
  );

  test('by WAIT_FOR_JOBS loses no job: each instance goes once it is idle', async () => {
    const account = new FakeAccount();
    const busy = account.instance('i-busy', { ecs: { status: 'ACTIVE', tasks: 2 } });
    account.instance('i-idle', { ecs: { status: 'ACTIVE', tasks: 0 } });
    account.later.set(25 * MINUTE, () => (busy.ecs!.tasks = 0));
    expect((await account.request('Delete', POOL_TYPE, pool('WAIT_FOR_JOBS'))).Status).toBe('SUCCESS');
    expect(account.killed).toBe(0);
    expect(account.instances.size).toBe(0);
    expect(account.seconds()).toBeGreaterThan(25 * 60);
    expect(account.seconds()).toBeLessThan(29 * 60);
    // It takes longer than one invocation may.
    expect(account.invocations).toBe(2);
    expect(account.answers).toHaveLength(1);
  });

  test('by WAIT_FOR_JOBS protects what was not protected before it closes the group', async () => {
    const account = new FakeAccount();
    const unprotected = account.instance('i-1', { protected: false, ecs: { status: 'ACTIVE', tasks: 1 } });
    account.later.set(5 * MINUTE, () => (unprotected.ecs!.tasks = 0));
    expect((await account.request('Delete', POOL_TYPE, pool('WAIT_FOR_JOBS'))).Status).toBe('SUCCESS');
    expect(account.killed).toBe(0);
  });

  test('by WAIT_FOR_JOBS keeps an instance that got a job after it was drained', async () => {
    const account = new FakeAccount();
    const instance = account.instance('i-1', { ecs: { status: 'ACTIVE', tasks: 0 } });
    account.later.set(50_000, () => (instance.ecs!.tasks = 1));
    account.later.set(8 * MINUTE, () => (instance.ecs!.tasks = 0));
    expect((await account.request('Delete', POOL_TYPE, pool('WAIT_FOR_JOBS'))).Status).toBe('SUCCESS');
    expect(account.killed).toBe(0);
    expect(account.seconds()).toBeGreaterThan(9 * 60);
  });

  test('by WAIT_FOR_JOBS lets a booting instance register, and removes it when it does not', async () => {
    const account = new FakeAccount();
    const booting = account.instance('i-late');
    account.instance('i-never');
    account.later.set(3 * MINUTE, () => (booting.ecs = { status: 'ACTIVE', tasks: 1 }));
    account.later.set(6 * MINUTE, () => (booting.ecs!.tasks = 0));
    expect((await account.request('Delete', POOL_TYPE, pool('WAIT_FOR_JOBS'))).Status).toBe('SUCCESS');
    expect(account.killed).toBe(0);
    expect(account.seconds()).toBeGreaterThan(10 * 60);
    expect(account.seconds()).toBeLessThan(12 * 60);
  });

  test('by WAIT_FOR_JOBS gives up before CloudFormation does, and says what it waits for', async () => {
    const account = new FakeAccount();
    account.instance('i-1', { ecs: { status: 'ACTIVE', tasks: 3 } });
    const answer = await account.request('Delete', POOL_TYPE, pool('WAIT_FOR_JOBS'));
    expect(answer).toMatchObject({ Status: 'FAILED', PhysicalResourceId: GROUP });
    expect(answer.Reason).toMatch(/i-1 runs 3 tasks.*delete again/);
    expect(account.seconds()).toBeLessThan(3600);
    expect(account.killed).toBe(0);
  });

  test('whose cluster has gone waits for no tasks', async () => {
    const account = new FakeAccount();
    account.clusterIsThere = false;
    account.instance('i-1');
    expect((await account.request('Delete', POOL_TYPE, pool('WAIT_FOR_JOBS'))).Status).toBe('SUCCESS');
    expect(account.instances.size).toBe(0);
  });

  test('by TERMINATE is emptied without waiting for jobs, also of what comes into service late', async () => {
    const account = new FakeAccount();
    account.instance('i-1', { ecs: { status: 'ACTIVE', tasks: 2 } });
    const pending = account.instance('i-2', { state: 'Pending' });
    account.later.set(50_000, () => (pending.state = 'InService'));
    expect((await account.request('Delete', POOL_TYPE, pool('TERMINATE'))).Status).toBe('SUCCESS');
    expect(account.instances.size).toBe(0);
    expect(account.killed).toBe(2);
    expect(account.seconds()).toBeLessThan(3 * 60);
  });

  test('outlives calls that fail now and then', async () => {
    const account = new FakeAccount();
    account.instance('i-1', { ecs: { status: 'ACTIVE', tasks: 0 } });
    const gone = new ServiceError('ValidationError', 'The instance i-1 is not in InService.');
    account.later.set(20_000, () => (account.refuse = { DescribeAutoScalingGroups: gone }));
    account.later.set(60_000, () => (account.refuse = {}));
    expect((await account.request('Delete', POOL_TYPE, pool('WAIT_FOR_JOBS'))).Status).toBe('SUCCESS');
    expect(account.instances.size).toBe(0);
  });

  test('what keeps failing is answered, in less than two minutes', async () => {
    const account = new FakeAccount();
    account.refuse = { DescribeAutoScalingGroups: new ServiceError('AccessDenied', 'not allowed', 403) };
    expect(await account.request('Delete', POOL_TYPE, pool('TERMINATE'))).toMatchObject({
      Status: 'FAILED',
      Reason: 'not allowed',
      PhysicalResourceId: GROUP,
    });
    expect(account.seconds()).toBeLessThan(120);
  });
});

test('an answer that does not get through is sent again', async () => {
  const account = new FakeAccount();
  account.putFailures = 3;
  expect((await account.request('Create', POOL_TYPE, pool('TERMINATE'))).Status).toBe('SUCCESS');
  expect(account.answers).toHaveLength(1);
});
