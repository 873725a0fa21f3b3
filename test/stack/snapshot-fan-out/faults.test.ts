import { FanOutEnvironment, KEEP } from './environment';

test('a job that succeeds twice at once has two snapshots, and the later one is used', async () => {
  const environment = await FanOutEnvironment.deploy();
  const [short, long] = [await environment.prepare(60), await environment.prepare(600)];
  await environment.ended(long);
  await environment.advance(900);
  expect(environment.job(short).stoppedAt!).toBeLessThan(environment.job(long).stoppedAt!);
  const [first, second] = environment.snapshots();
  expect(environment.snapshots()).toHaveLength(2);
  expect(await environment.published()).toBe(second!.snapshotId);
  const job = await environment.work();
  await environment.ended(job);
  expect(environment.mountsOf(job)[0]!.snapshotId).toBe(second!.snapshotId);
  expect(first!.volumeId).not.toBe(second!.volumeId);
});

test('the event of its success is lost: the next tick takes the snapshot', async () => {
  const environment = await FanOutEnvironment.deploy();
  const job = await environment.prepare(600);
  await environment.advance(400);
  environment.aws.setFaults({ events: { lose: 1 } });
  await environment.ended(job);
  await environment.advance(2);
  environment.aws.setFaults({});
  await environment.advance(120);
  expect(environment.calls('ec2', 'CreateSnapshot')).toBe(1);
  await environment.advance(600);
  expect(await environment.published()).toBe(environment.snapshots()[0]!.snapshotId);
});

test('events doubled and late make one snapshot', async () => {
  const environment = await FanOutEnvironment.deploy({
    faults: { events: { double: 1, delaySeconds: 120, reorder: 1 } },
  });
  await environment.ended(await environment.prepare());
  await environment.advance(900);
  expect(environment.calls('ec2', 'CreateSnapshot')).toBe(1);
  expect(await environment.published()).toBe(environment.snapshots()[0]!.snapshotId);
});

test('a snapshot that fails is taken again, as long as its volume is there; the failed ones go', async () => {
  const environment = await FanOutEnvironment.deploy({
    settings: { snapshotSeconds: 30 },
    faults: { failSnapshots: 1 },
  });
  await environment.ended(await environment.prepare());
  await environment.advance(50);
  environment.aws.setFaults({});
  await environment.advance(600);
  const complete = environment.snapshots().filter(({ state }) => state === 'completed');
  expect(environment.calls('ec2', 'CreateSnapshot')).toBe(2);
  expect(complete).toHaveLength(1);
  expect(await environment.published()).toBe(complete[0]!.snapshotId);
  await environment.ended(await environment.prepare());
  await environment.advance(600);
  expect(environment.snapshots().map(({ state }) => state)).toEqual(['completed', 'completed']);
});

test('a snapshot that fails leaves the one before in use', async () => {
  const environment = await FanOutEnvironment.deploy();
  await environment.ended(await environment.prepare());
  await environment.advance(900);
  const before = await environment.published();
  environment.aws.setFaults({ failSnapshots: 1 });
  await environment.ended(await environment.prepare());
  await environment.advance(1200);
  expect(await environment.published()).toBe(before);
  const job = await environment.work();
  await environment.ended(job);
  expect(environment.mountsOf(job)[0]!.snapshotId).toBe(before);
});

test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])(
  'a crash at call %i loses nothing and leaks nothing',
  async (call) => {
    const environment = await FanOutEnvironment.deploy({ settings: { snapshotSeconds: 90 } });
    for (let times = 0; times < KEEP + 1; times++) {
      environment.aws.setFaults({ crash: [[environment.functionName, call]] });
      await environment.ended(await environment.prepare());
      await environment.advance(60);
      environment.aws.setFaults({ crash: [[environment.functionName, call]] });
      await environment.advance(600);
    }
    const snapshots = environment.snapshots();
    expect(snapshots).toHaveLength(KEEP);
    expect(await environment.published()).toBe(snapshots.at(-1)!.snapshotId);
  },
);

test('answers that are lost: what was done twice is undone', async () => {
  const environment = await FanOutEnvironment.deploy({ settings: { snapshotSeconds: 90 } });
  for (let times = 0; times < KEEP + 1; times++) {
    environment.aws.setFaults({
      seed: times,
      loseAnswer: { 'ec2:CreateSnapshot': 0.5, 'ssm:PutParameter': 0.5, 'ec2:DeleteSnapshot': 0.5 },
    });
    await environment.ended(await environment.prepare());
    await environment.advance(600);
  }
  environment.aws.setFaults({});
  await environment.advance(300);
  const newest = Math.max(...environment.snapshots().map(({ startedAt }) => startedAt));
  expect(environment.snapshots().length).toBeLessThanOrEqual(KEEP);
  const published = await environment.published();
  const used = environment.snapshots().find(({ snapshotId }) => snapshotId === published)!;
  expect(newest - used.startedAt).toBeLessThan(60_000);
});

test('two looks at once make one snapshot in the end', async () => {
  const environment = await FanOutEnvironment.deploy({ settings: { snapshotSeconds: 90 } });
  await environment.ended(await environment.prepare());
  await environment.advance(30);
  environment.aws.setFaults({ yield: { '*': 1 } });
  await environment.lookTwice();
  environment.aws.setFaults({});
  await environment.advance(600);
  expect(environment.snapshots()).toHaveLength(1);
  expect(await environment.published()).toBe(environment.snapshots()[0]!.snapshotId);
});

test('a list that lags does not bring an older snapshot back', async () => {
  const environment = await FanOutEnvironment.deploy({ settings: { snapshotSeconds: 90 } });
  await environment.ended(await environment.prepare());
  await environment.advance(600);
  await environment.ended(await environment.prepare());
  await environment.advance(600);
  const newest = environment.snapshots().at(-1)!.snapshotId;
  environment.aws.setFaults({ stale: { 'ec2:DescribeSnapshots': 0.7 } });
  for (let times = 0; times < 10; times++) {
    await environment.advance(60);
    expect(await environment.published()).toBe(newest);
  }
});

test('a volume whose instance died before it was attached is deleted, and one that is attached goes with its instance', async () => {
  const environment = await FanOutEnvironment.deploy({ settings: { snapshotSeconds: 30 } });
  const { ec2 } = environment.aws.services;
  await environment.ended(await environment.prepare());
  await environment.advance(300);
  environment.aws.setFaults({ fail: { 'ec2:AttachVolume': 1 } });
  const job = await environment.work();
  await environment.advance(150);
  const orphan = ec2.volumesNow().find(({ snapshotId, state }) => snapshotId !== undefined && state === 'available')!;
  expect(orphan).toBeDefined();
  const [instance] = environment.aws.state().instances.filter(({ state }) => state === 'running');
  ec2.terminate(instance!.instanceId, 'test', 'host-failure');
  environment.aws.setFaults({});
  await environment.ended(job);
  await environment.advance(2400);
  expect(ec2.volumesNow()).toEqual([]);
});

test('a data volume that is gone is told of by an alarm', async () => {
  const environment = await FanOutEnvironment.deploy();
  const job = await environment.prepare();
  await environment.ended(job);
  const { ec2, ecs } = environment.aws.services;
  ec2.terminate(ecs.hostOf(environment.job(job).containerInstanceArn!)!, 'test', 'host-failure');
  await environment.advance(900);
  expect(environment.snapshots()).toEqual([]);
  expect(await environment.published()).toBe('none');
  expect(await environment.alarmed()).toBe(true);
});
