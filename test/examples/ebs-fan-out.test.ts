import { RunningExample } from './example';

test('what one job has prepared is a volume of each instance that boots afterwards, and goes with it', async () => {
  const example = await RunningExample.deploy('ebs-fan-out', undefined, {
    local: { settings: { snapshotSeconds: 600 } },
  });
  const { ec2 } = example.aws.services;
  const prepare = () =>
    example.submit({ jobQueue: example.output('PreparingQueueName'), jobDefinition: example.output('PrepareName') });
  const align = () =>
    example.submit({ jobQueue: example.output('WorkingQueueName'), jobDefinition: example.output('AlignName') });

  const first = await prepare();
  await example.ended(first);
  const [source] = example.instanceOf(first).mounts;
  // An instance boots while the first snapshot is pending: it waits for it.
  const early = await align();
  await example.ended(early);
  const [snapshot] = ec2.snapshotsNow();
  expect(snapshot).toMatchObject({ state: 'completed', volumeId: source!.source, encrypted: true });
  const worker = example.instanceOf(early);
  expect(worker.mounts).toEqual([
    { mountPoint: '/mnt/reference', source: expect.stringMatching('^vol-'), snapshotId: snapshot!.snapshotId },
  ]);
  const made = worker.volumes.find(({ snapshotId }) => snapshotId === snapshot!.snapshotId);
  expect(made).toMatchObject({ volumeId: worker.mounts[0]!.source, encrypted: true });

  // Another success: instances that boot before its snapshot is complete have the former, later ones the new.
  await example.advance(1800);
  await example.ended(await prepare());
  const stale = await align();
  await example.ended(stale);
  expect(example.instanceOf(stale).mounts[0]!.snapshotId).toBe(snapshot!.snapshotId);
  await example.advance(1800);
  const late = await align();
  await example.ended(late);
  const [, second] = ec2.snapshotsNow();
  expect(example.instanceOf(late).mounts[0]!.snapshotId).toBe(second!.snapshotId);

  // Three are kept, and volumes go with their instances.
  for (let times = 0; times < 3; times++) {
    await example.ended(await prepare());
    await example.advance(1800);
  }
  expect(ec2.snapshotsNow()).toHaveLength(3);
  expect(ec2.snapshotsNow()).not.toContain(snapshot);
  expect(ec2.volumesNow()).toEqual([]);
});
