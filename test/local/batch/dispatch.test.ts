import { CALL, Stage, asking } from './stage';

const starts = (stage: Stage, ids: string[]): number[] => ids.map((id) => stage.seconds(stage.job(id).startedAt));

test('queues with a higher priority go first where they share an environment', async () => {
  const stage = new Stage();
  const environment = await stage.environment();
  const low = await stage.queue([environment], { priority: 1 });
  const high = await stage.queue([environment], { priority: 10 });
  const jobs = [stage.submit(low), stage.submit(low), stage.submit(high), stage.submit(high)];
  await stage.advance(1);
  await stage.instance(environment, 1);
  await stage.end(...jobs);
  const [low1, low2, high1, high2] = starts(stage, jobs);
  expect([high1, high2, low1, low2]).toEqual([...starts(stage, jobs)].sort((a, b) => a - b));
});

test('a queue goes by the time of submission, a job that is retried too', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(1);
  const retried = stage.submit(queue, { retryStrategy: { attempts: 2 } }, { attempts: [{ exitCode: 1 }, {}] });
  const later = stage.submit(queue);
  await stage.end(retried, later);
  expect(stage.job(retried).stoppedAt).toBeLessThan(stage.job(later).startedAt!);
});

test('jobs are placed by vCPUs, memory and GPUs, on the first instance that holds them', async () => {
  const stage = new Stage();
  const environment = await stage.environment();
  const queue = await stage.queue([environment]);
  const [small, large, gpu] = [
    await stage.instance(environment, 2, 4),
    await stage.instance(environment, 8, 16),
    await stage.instance(environment, 4, 16, 1),
  ];
  const [one, memory, cpus, graphics, second] = [
    stage.submit(queue, asking(1, 1024)),
    stage.submit(queue, asking(1, 8192)),
    stage.submit(queue, asking(7, 1024)),
    stage.submit(queue, asking(1, 1024, 1)),
    stage.submit(queue, asking(1, 1024, 1)),
  ];
  await stage.advance(6);
  const host = (id: string): string | undefined => {
    const arn = stage.job(id).container!.containerInstanceArn;
    return stage.ecs
      .placeable(stage.environmentDetail(environment).ecsClusterArn!)
      .find(({ containerInstanceArn }) => containerInstanceArn === arn)?.ec2InstanceId;
  };
  expect([one, memory, cpus, graphics, second].map(host)).toEqual([small, large, large, gpu, undefined]);
});

describe('behind a job that does not fit', () => {
  test('others start with backfill', async () => {
    const stage = new Stage({ dispatch: 'backfill' });
    const { queue } = await stage.small(4);
    const [large, small] = [stage.submit(queue, asking(5, 1024)), stage.submit(queue, asking(1, 1024))];
    await stage.advance(1);
    expect(stage.status(large, small)).toEqual(['RUNNABLE', 'STARTING']);
  });

  test('others wait when dispatch is strict; other queues do not', async () => {
    const stage = new Stage({ dispatch: 'strict' });
    const { environment, queue } = await stage.small(4);
    const other = await stage.queue([environment], { priority: 0 });
    const [large, small] = [stage.submit(queue, asking(5, 1024)), stage.submit(queue, asking(1, 1024))];
    const elsewhere = stage.submit(other);
    await stage.advance(1);
    expect(stage.status(large, small, elsewhere)).toEqual(['RUNNABLE', 'RUNNABLE', 'STARTING']);
    stage.call('CancelJob', { jobId: large, reason: 'make way' });
    await stage.advance(1);
    expect(stage.status(small)).toEqual(['STARTING']);
  });
});

describe('the environments of a queue', () => {
  const two = async (settings = {}) => {
    const stage = new Stage(settings);
    const [first, second] = [await stage.environment(), await stage.environment()];
    const queue = await stage.queue([first, second]);
    return { stage, first, second, queue };
  };
  const environmentOf = (stage: Stage, id: string): string | undefined =>
    [...stage.batch.jobs()].find((job) => job.id === id)!.environment;

  test('are tried in their order', async () => {
    const { stage, first, second, queue } = await two();
    await stage.instance(second, 1);
    await stage.instance(first, 1);
    const jobs = [stage.submit(queue), stage.submit(queue)];
    await stage.advance(1);
    expect(jobs.map((id) => environmentOf(stage, id))).toEqual([first, second]);
  });

  test('the next is tried only after a time, when the setting says so', async () => {
    const { stage, second, queue } = await two({ spillAfterSeconds: 120 });
    await stage.instance(second);
    const id = stage.submit(queue);
    await stage.advance(119);
    expect(stage.status(id)).toEqual(['RUNNABLE']);
    await stage.advance(1);
    expect(environmentOf(stage, id)).toBe(second);
  });

  test('an unmanaged one without instances may keep its jobs, when the setting says so', async () => {
    const { stage, first, second, queue } = await two({ emptyUnmanagedSpills: false });
    await stage.instance(second);
    const id = stage.submit(queue);
    await stage.advance(600);
    expect(stage.status(id)).toEqual(['RUNNABLE']);
    await stage.instance(first, 1);
    const next = stage.submit(queue);
    await stage.advance(1);
    expect([id, next].map((job) => environmentOf(stage, job))).toEqual([first, second]);
  });

  test('one that is DISABLED is left out', async () => {
    const { stage, first, second, queue } = await two({ spillAfterSeconds: 600 });
    await stage.instance(first);
    await stage.instance(second);
    stage.call('UpdateComputeEnvironment', { computeEnvironment: first, state: 'DISABLED' });
    const id = stage.submit(queue);
    await stage.advance(1);
    expect(environmentOf(stage, id)).toBe(second);
  });
});

test('an instance that drains gets no more jobs, unless the setting says otherwise', async () => {
  for (const placementHonoursDraining of [true, false]) {
    const stage = new Stage({ placementHonoursDraining });
    const { environment, queue } = await stage.small();
    const cluster = stage.environmentDetail(environment).ecsClusterArn!;
    const { containerInstanceArn } = stage.ecs.placeable(cluster)[0]!;
    const before = stage.submit(queue);
    await stage.advance(10);
    const update = stage.ecs.api.operations.UpdateContainerInstancesState!;
    void update({ cluster, containerInstances: [containerInstanceArn], status: 'DRAINING' }, CALL);
    const after = stage.submit(queue);
    await stage.end(before);
    expect(stage.status(before, after)).toEqual(['SUCCEEDED', placementHonoursDraining ? 'RUNNABLE' : 'RUNNING']);
  }
});

test('a task that somebody stops through ECS ends its attempt with that reason', async () => {
  const stage = new Stage();
  const { environment, queue } = await stage.small();
  const id = stage.submit(queue);
  await stage.advance(10);
  const cluster = stage.environmentDetail(environment).ecsClusterArn!;
  const { taskArn } = stage.job(id).container!;
  void stage.ecs.api.operations.StopTask!({ cluster, task: taskArn, reason: 'by hand' }, CALL);
  expect(stage.job(id)).toMatchObject({ status: 'FAILED', statusReason: expect.stringContaining('by hand') });
});

test('what Batch has placed is what ECS has reserved', async () => {
  const stage = new Stage();
  const { environment, queue } = await stage.small(4, 16);
  const cluster = stage.environmentDetail(environment).ecsClusterArn!;
  const remaining = () => stage.ecs.placeable(cluster)[0]!.remaining;
  const id = stage.submit(queue, asking(3, 5000));
  await stage.advance(1);
  expect(remaining()).toEqual({ vcpus: 1, memoryMiB: 16_384 - 5000, gpus: 0 });
  await stage.end(id);
  expect(remaining()).toEqual({ vcpus: 4, memoryMiB: 16_384, gpus: 0 });
});
