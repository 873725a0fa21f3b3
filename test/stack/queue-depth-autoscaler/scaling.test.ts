import { BatchClient, CreateConsumableResourceCommand } from '@aws-sdk/client-batch';
import type { Settings } from '../../../local/settings';
import { CPU, Environment, GPU, synthesize } from './environment';

let assembly: string;
beforeAll(() => {
  assembly = synthesize([CPU, GPU]);
});

test('leaves zero for a job, and goes back to zero after it', async () => {
  const environment = await Environment.deploy(assembly);
  const job = await environment.submit({ runSeconds: 300 });
  await environment.untilOver();
  expect(environment.job(job).status).toBe('SUCCEEDED');
  expect(environment.instances()).toMatchObject([{ instanceType: 'm5.xlarge', tasksStarted: 1, killed: [] }]);
  expect(environment.decisions()).toEqual(['launch', 'drain', 'terminate']);
});

test('an event has a decision within 6 s', async () => {
  const environment = await Environment.deploy(assembly);
  environment.aws.calls.keepRecords();
  // Between two ticks.
  await environment.advance(65);
  const submittedAt = environment.aws.clock.now();
  await environment.submit();
  await environment.advance(20);
  const launch = environment.aws.calls.records().find(({ operation }) => operation === 'SetDesiredCapacity');
  expect(launch!.time - submittedAt).toBeLessThanOrEqual(6000);
});

test('when events are lost, the minute’s tick decides', async () => {
  const environment = await Environment.deploy(assembly);
  environment.aws.faults.set({ throttle: { 'sqs:*': 1 } });
  const job = await environment.submit();
  await environment.untilOver();
  expect(environment.job(job).status).toBe('SUCCEEDED');
});

test('jobs share instances as they fit: nothing is launched beyond', async () => {
  const environment = await Environment.deploy(assembly);
  for (let count = 0; count < 10; count++) await environment.submit({ vcpus: 1, runSeconds: 120 });
  await environment.untilOver();
  expect(environment.instances()).toHaveLength(3);
});

test('never more than the pool’s maximum, and everything runs in the end', async () => {
  const environment = await Environment.deploy(assembly);
  for (let count = 0; count < 10; count++) await environment.submit({ vcpus: 4, runSeconds: 200 });
  let most = 0;
  await environment.until('over', () => {
    most = Math.max(most, environment.left().length);
    return environment.jobs().every(({ status }) => status === 'SUCCEEDED');
  });
  await environment.untilOver();
  expect(most).toBe(4);
  expect(environment.log.filter(({ message }) => message === 'unplaced')).toContainEqual(
    expect.objectContaining({ reason: 'pool-maximum' }),
  );
});

test('a GPU job opens a GPU instance, other jobs do not', async () => {
  const environment = await Environment.deploy(assembly);
  await environment.submit({ gpus: 1, vcpus: 4 });
  await environment.submit({ vcpus: 4 });
  await environment.untilOver();
  expect(
    environment
      .instances()
      .map(({ instanceType }) => instanceType)
      .sort(),
  ).toEqual(['g5.2xlarge', 'm5.xlarge']);
});

test('the children of an array are counted, jobs that wait for others are not', async () => {
  const environment = await Environment.deploy(assembly);
  const array = await environment.submit({ arraySize: 8, vcpus: 2, runSeconds: 120 });
  await environment.submit({ dependsOn: [{ jobId: array }], vcpus: 4 });
  await environment.until('the array runs', () => {
    return (
      environment.jobs().filter(({ id, status }) => id.startsWith(`${array}:`) && status === 'RUNNING').length === 8
    );
  });
  // Eight children of two vCPUs on instances of four; the dependent job would make it five.
  expect(environment.left()).toHaveLength(4);
  await environment.untilOver();
  expect(environment.jobs().every(({ status }) => status === 'SUCCEEDED')).toBe(true);
  expect(environment.instances().length).toBeLessThanOrEqual(5);
});

test('a job that fits no pool launches nothing, keeps nothing, and is named with what it lacks', async () => {
  const environment = await Environment.deploy(assembly);
  const misfit = await environment.submit({ vcpus: 1, memoryMiB: 1_000_000 });
  await environment.advance(600);
  expect(environment.instances()).toEqual([]);

  const job = await environment.submit({ runSeconds: 60 });
  await environment.until(
    'zero again',
    () => environment.job(job).status === 'SUCCEEDED' && !environment.left().length,
  );
  expect(environment.instances()).toHaveLength(1);
  expect(environment.job(misfit).status).toBe('RUNNABLE');

  const named = environment.log.filter(({ message }) => message === 'misfit');
  expect(named).toHaveLength(1);
  const { jobId, requested, shortBy, nearestPool } = named[0] as Record<string, never>;
  expect(jobId).toBe(misfit);
  expect(requested).toEqual({ vcpus: 1, memoryMiB: 1_000_000, gpus: 0 });
  expect(nearestPool).toBe('gpu');
  // A g5.2xlarge has 32 GiB, of which ECS offers a little less.
  expect(shortBy).toEqual({ vcpus: 0, memoryMiB: expect.any(Number), gpus: 0 });
  expect((shortBy as { memoryMiB: number }).memoryMiB).toBeGreaterThanOrEqual(1_000_000 - 32 * 1024);
  expect((shortBy as { memoryMiB: number }).memoryMiB).toBeLessThan(1_000_000 - 29 * 1024);
});

async function deployWithOneLicence(settings?: Partial<Settings>): Promise<Environment> {
  const environment = await Environment.deploy(assembly, settings);
  await environment.aws.client(BatchClient).send(
    new CreateConsumableResourceCommand({
      consumableResourceName: 'licence',
      totalQuantity: 1,
      resourceType: 'REPLENISHABLE',
    }),
  );
  return environment;
}

test('jobs beyond their consumable resource launch nothing', async () => {
  const environment = await deployWithOneLicence();
  for (let count = 0; count < 4; count++) {
    await environment.submit({ vcpus: 4, runSeconds: 60, consumable: 'licence' });
  }
  let most = 0;
  await environment.until('over', () => {
    most = Math.max(most, environment.left().length);
    return environment.jobs().every(({ status }) => status === 'SUCCEEDED');
  });
  expect(most).toBe(1);
});

test.each([true, false])(
  'a retry has an instance, if its licence is given back between attempts: %s',
  async (released) => {
    const environment = await deployWithOneLicence({ consumableReleasedBetweenAttempts: released });
    const plays = [{ runSeconds: 60, exitCode: 1 }, { runSeconds: 60 }];
    const job = await environment.submit({ vcpus: 4, plays, attempts: 2, consumable: 'licence' });
    const other = await environment.submit({ vcpus: 4, runSeconds: 60, consumable: 'licence' });
    await environment.until('it runs', () => environment.job(job).status === 'RUNNING');
    // Its instance takes no more jobs, and goes.
    environment.aws.services.ecs.disconnectAgent(environment.left()[0]!.instanceId);
    await environment.untilOver();
    for (const jobId of [job, other]) expect(environment.job(jobId).status).toBe('SUCCEEDED');
    expect(environment.instances().length).toBeLessThanOrEqual(3);
  },
);

test('a job that fits nowhere does not keep a licence from the one behind it', async () => {
  const environment = await deployWithOneLicence();
  await environment.submit({ vcpus: 64, consumable: 'licence', urgent: true });
  const job = await environment.submit({ vcpus: 4, runSeconds: 60, consumable: 'licence' });
  await environment.until('it has ended', () => environment.job(job).status === 'SUCCEEDED', 900);
  expect(environment.instances()).toHaveLength(1);
});

test('lists that lag behind launch no second instance for a job that has started', async () => {
  const environment = await Environment.deploy(assembly, { listLagSeconds: 45 });
  for (let count = 0; count < 3; count++) await environment.submit({ vcpus: 4, runSeconds: 400 });
  await environment.untilOver();
  expect(environment.instances()).toHaveLength(3);
});

test('a list that still has a job launches nothing for it though its instance is seen to be full', async () => {
  const environment = await Environment.deploy(assembly);
  const job = await environment.submit({ vcpus: 4, runSeconds: 600 });
  await environment.until('an instance is launched', () => environment.instances().length === 1, 200);
  // From the next list on.
  environment.aws.setFaults({ stale: { 'batch:ListJobs': 1 } });
  await environment.until('the job runs', () => environment.job(job).status === 'RUNNING', 400);
  await environment.advance(300);
  expect(environment.instances()).toHaveLength(1);
});

test('GPUs that ECS does not show as taken are not given away twice', async () => {
  const environment = await Environment.deploy(assembly, { remainingResourcesShowGpus: false });
  await environment.submit({ gpus: 1, runSeconds: 600 });
  await environment.advance(200);
  const second = await environment.submit({ gpus: 1, runSeconds: 60 });
  await environment.until('the second job runs', () => environment.job(second).status === 'RUNNING', 200);
  expect(environment.left()).toHaveLength(2);
});

test('an idle tick costs a list per queue, one of five a look at arrays and groups too, and writes nothing', async () => {
  const environment = await Environment.deploy(assembly);
  await environment.advance(180);
  const before = environment.aws.calls.counts();
  const lines = environment.log.length;
  await environment.advance(600);
  expect(environment.callsSince(before)).toEqual({
    autoscaling: { DescribeAutoScalingGroups: 2 },
    batch: { ListJobs: 24 },
  });
  expect(environment.log).toHaveLength(lines);
});
