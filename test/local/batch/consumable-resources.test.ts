import type { DescribeConsumableResourceResponse } from '@aws-sdk/client-batch';
import { Stage, asking } from './stage';

const RESOURCE = { consumableResourceName: 'licence', totalQuantity: 2 };

async function licensed(settings = {}, resource: object = {}) {
  const stage = new Stage(settings);
  const { queue, environment } = await stage.small(16, 256);
  stage.call('CreateConsumableResource', { ...RESOURCE, ...resource });
  const consumableResourceProperties = { consumableResourceList: [{ consumableResource: 'licence', quantity: 1 }] };
  const jobDefinition = stage.define({}, { consumableResourceProperties });
  return { stage, queue, environment, jobDefinition };
}

const described = (stage: Stage) => {
  const { totalQuantity, inUseQuantity, availableQuantity } = stage.call<DescribeConsumableResourceResponse>(
    'DescribeConsumableResource',
    { consumableResource: 'licence' },
  );
  return { total: totalQuantity, inUse: inUseQuantity, available: availableQuantity };
};

test('a job that lacks a resource waits in RUNNABLE; it is locked at STARTING and comes back at the end', async () => {
  const { stage, queue, jobDefinition } = await licensed();
  const jobs = [1, 2, 3].map(() => stage.submit(queue, { jobDefinition }));
  await stage.advance(1);
  expect(stage.status(...jobs)).toEqual(['STARTING', 'STARTING', 'RUNNABLE']);
  expect(described(stage)).toEqual({ total: 2, inUse: 2, available: 0 });
  await stage.end(...jobs);
  expect(stage.job(jobs[2]!).startedAt).toBe(stage.job(jobs[0]!).stoppedAt! + 5000);
  expect(described(stage)).toEqual({ total: 2, inUse: 0, available: 2 });
});

test('a NON_REPLENISHABLE one is used up', async () => {
  const { stage, queue, jobDefinition } = await licensed({}, { resourceType: 'NON_REPLENISHABLE' });
  const jobs = [1, 2, 3].map(() => stage.submit(queue, { jobDefinition }));
  await stage.end(jobs[0]!, jobs[1]!);
  await stage.advance(600);
  expect(stage.status(...jobs)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'RUNNABLE']);
  expect(described(stage)).toEqual({ total: 0, inUse: 0, available: 0 });
  const update = { consumableResource: 'licence', operation: 'SET', quantity: 1 };
  stage.call('UpdateConsumableResource', update);
  await stage.advance(1);
  expect(stage.status(jobs[2]!)).toEqual(['STARTING']);
  stage.call('UpdateConsumableResource', update);
  expect(described(stage)).toEqual({ total: 2, inUse: 1, available: 1 });
});

test('SET of a NON_REPLENISHABLE one sets what is left of it, or all of it, as the setting says', async () => {
  for (const nonReplenishableSet of ['available', 'total']) {
    const { stage, queue, jobDefinition } = await licensed(
      { nonReplenishableSet },
      { resourceType: 'NON_REPLENISHABLE', totalQuantity: 1 },
    );
    const running = stage.submit(queue, { jobDefinition });
    await stage.advance(10);
    stage.call('UpdateConsumableResource', { consumableResource: 'licence', operation: 'SET', quantity: 1 });
    expect(described(stage).available).toBe(nonReplenishableSet === 'available' ? 1 : 0);
    await stage.end(running);
    expect(described(stage).available).toBe(nonReplenishableSet === 'available' ? 1 : 0);
  }
});

test('what waits for one holds back those behind it, or does not, as the setting says', async () => {
  for (const consumableWaitBlocksQueue of [true, false]) {
    const { stage, queue, jobDefinition } = await licensed({ consumableWaitBlocksQueue }, { totalQuantity: 0 });
    const [waiting, behind] = [stage.submit(queue, { jobDefinition }), stage.submit(queue)];
    await stage.advance(1);
    expect(stage.status(waiting, behind)).toEqual(['RUNNABLE', consumableWaitBlocksQueue ? 'RUNNABLE' : 'STARTING']);
  }
});

test('it is released between native attempts, or is not, as the setting says', async () => {
  for (const consumableReleasedBetweenAttempts of [true, false]) {
    const { stage, queue, environment, jobDefinition } = await licensed({ consumableReleasedBetweenAttempts });
    const id = stage.submit(queue, { jobDefinition, retryStrategy: { attempts: 2 } }, { attempts: [{ exitCode: 1 }] });
    await stage.advance(10);
    stage.call('UpdateComputeEnvironment', { computeEnvironment: environment, state: 'DISABLED' });
    await stage.advance(100);
    expect(stage.status(id)).toEqual(['RUNNABLE']);
    expect(described(stage).inUse).toBe(consumableReleasedBetweenAttempts ? 0 : 1);
    stage.call('CancelJob', { jobId: id, reason: 'r' });
    expect(described(stage).inUse).toBe(0);
  }
});

test('a retry that holds its resource does not wait behind a job that waits for it', async () => {
  const settings = { consumableReleasedBetweenAttempts: false };
  const { stage, queue, jobDefinition } = await licensed(settings, { totalQuantity: 1 });
  const gate = stage.submit(queue, {}, { attempts: [{ runSeconds: 20 }] });
  const older = stage.submit(queue, { jobDefinition, dependsOn: [{ jobId: gate }] });
  const retry = { jobDefinition, retryStrategy: { attempts: 2 } };
  const retried = stage.submit(queue, retry, { attempts: [{ exitCode: 1 }, { exitCode: 0 }] });
  await stage.end(older, retried);
  expect(stage.status(older, retried)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  expect(stage.job(retried).stoppedAt).toBeLessThan(stage.job(older).startedAt!);
});

test('a submission may ask for another quantity', async () => {
  const { stage, queue, jobDefinition } = await licensed();
  const properties = { consumableResourceList: [{ consumableResource: 'licence', quantity: 2 }] };
  const id = stage.submit(queue, { jobDefinition, consumableResourcePropertiesOverride: properties });
  await stage.advance(1);
  expect(described(stage).inUse).toBe(2);
  expect(stage.job(id).consumableResourceProperties).toEqual({
    consumableResourceList: [
      { consumableResource: expect.stringContaining('consumable-resource/licence'), quantity: 2 },
    ],
  });
});

test('quantities are set, added and removed, and not below what is there', () => {
  const stage = new Stage();
  stage.call('CreateConsumableResource', RESOURCE);
  const update = (operation: string, quantity: number) => ({ consumableResource: 'licence', operation, quantity });
  const totalAfter = (operation: string, quantity: number) =>
    stage.call<{ totalQuantity: number }>('UpdateConsumableResource', update(operation, quantity)).totalQuantity;
  expect([totalAfter('ADD', 3), totalAfter('REMOVE', 4), totalAfter('SET', 9)]).toEqual([5, 1, 9]);
  expect(stage.refusal('UpdateConsumableResource', update('REMOVE', 10))).toContain('has less than the 10');
  expect(stage.refusal('UpdateConsumableResource', update('DOUBLE', 1))).toContain('SET, ADD or REMOVE');
  expect(stage.refusal('UpdateConsumableResource', update('SET', -1))).toContain('non-negative');
});

test('an update with a repeated client token is made once in 8 hours', async () => {
  const stage = new Stage();
  stage.call('CreateConsumableResource', RESOURCE);
  const add = (clientToken: string, quantity = 1) =>
    stage.call<{ totalQuantity: number }>('UpdateConsumableResource', {
      consumableResource: 'licence',
      operation: 'ADD',
      quantity,
      clientToken,
    }).totalQuantity;
  expect([add('t'), add('t'), add('u'), add('t', 2)]).toEqual([3, 3, 4, 6]);
  await stage.advance(8 * 3600);
  expect(add('t')).toBe(7);
});

test('shown quantities may lag, as the setting says', async () => {
  const { stage, queue, jobDefinition } = await licensed({ consumableLagSeconds: 30 });
  stage.submit(queue, { jobDefinition });
  await stage.advance(29);
  expect(described(stage).inUse).toBe(0);
  await stage.advance(1);
  expect(described(stage).inUse).toBe(1);
});

test('jobs are listed by the resource they need', async () => {
  const { stage, queue, jobDefinition } = await licensed({}, { totalQuantity: 1 });
  const [first, second] = [
    stage.submit(queue, { jobDefinition, jobName: 'one' }),
    stage.submit(queue, { jobDefinition, jobName: 'two' }),
  ];
  stage.submit(queue, asking(1, 512));
  await stage.advance(1);
  const list = (filters?: object[]) =>
    stage.call<{ jobs: { jobArn: string; quantity: number }[] }>('ListJobsByConsumableResource', {
      consumableResource: 'licence',
      filters,
    }).jobs;
  expect(list().map(({ jobArn, quantity }) => [jobArn.split('/')[1], quantity])).toEqual([
    [first, 1],
    [second, 1],
  ]);
  expect(list([{ name: 'JOB_STATUS', values: ['RUNNABLE'] }])).toMatchObject([{ jobName: 'two' }]);
  expect(list([{ name: 'JOB_NAME', values: ['ON*'] }])).toMatchObject([{ jobName: 'one' }]);
});

test('resources are listed by name, deleted, and refused when they are wrong', () => {
  const stage = new Stage();
  for (const name of ['Licence-a', 'licence-b', 'other'])
    stage.call('CreateConsumableResource', { consumableResourceName: name });
  const list = (input: object) =>
    stage
      .call<{ consumableResources: { consumableResourceName: string }[] }>('ListConsumableResources', input)
      .consumableResources.map(({ consumableResourceName }) => consumableResourceName);
  expect(list({ filters: [{ name: 'CONSUMABLE_RESOURCE_NAME', values: ['LICENCE*'] }] })).toEqual([
    'Licence-a',
    'licence-b',
  ]);
  stage.call('DeleteConsumableResource', { consumableResource: 'other' });
  expect(list({})).toEqual(['Licence-a', 'licence-b']);
  const create = (input: object) =>
    stage.refusal('CreateConsumableResource', { consumableResourceName: 'x', ...input });
  expect(create({ consumableResourceName: 'licence-b' })).toContain('already exists');
  expect(create({ resourceType: 'ENDLESS' })).toContain('REPLENISHABLE or NON_REPLENISHABLE');
  expect(create({ totalQuantity: -1 })).toContain('non-negative');
  expect(stage.refusal('DescribeConsumableResource', { consumableResource: 'other' })).toContain('does not exist');
});
