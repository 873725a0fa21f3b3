import type { FairsharePolicy, GetJobQueueSnapshotResponse } from '@aws-sdk/client-batch';
import { FairShareUsage } from '../../../local/batch/scheduling/fair-share-usage';
import { Stage, asking } from './stage';

function usage(policy: FairsharePolicy = {}, maxVcpus?: number) {
  let now = 0;
  const shares = new FairShareUsage(
    () => policy,
    () => now,
    () => maxVcpus,
  );
  return { shares, pass: (seconds: number) => void (now += seconds * 1000) };
}

describe('usage', () => {
  test('is vCPUs over time, fading by the share decay time', () => {
    const { shares, pass } = usage({ shareDecaySeconds: 1000 });
    shares.started('a', 4);
    expect(shares.score('a')).toBe(4);
    pass(10_000);
    expect(shares.score('a')).toBeCloseTo(8, 2);
    shares.ended('a', 4);
    expect(shares.score('a')).toBeCloseTo(4, 2);
    pass(1000);
    expect(shares.score('a')).toBeCloseTo(4 / Math.E, 2);
  });

  test('a decay time of 0 is one of 600 s', () => {
    for (const shareDecaySeconds of [0, 600]) {
      const { shares, pass } = usage({ shareDecaySeconds });
      shares.started('a', 1);
      pass(600);
      expect(shares.score('a')).toBeCloseTo(2 - 1 / Math.E, 5);
    }
  });

  test('is weighed: a factor of 0.125 gets eight times the resources of a factor of 1', () => {
    const { shares } = usage({ shareDistribution: [{ shareIdentifier: 'light', weightFactor: 0.125 }] });
    shares.started('light', 8);
    shares.started('plain', 1);
    expect(shares.score('light')).toBe(shares.score('plain'));
  });

  test('the shares of a prefix divide its weight', () => {
    const { shares } = usage({ shareDistribution: [{ shareIdentifier: 'User*', weightFactor: 2 }] });
    for (const share of ['UserA', 'UserB', 'UserC']) shares.opened(share);
    shares.started('UserA', 1);
    expect(shares.score('UserA')).toBe(6);
  });

  test('a part of the maximum is reserved: its power by the number of active shares', () => {
    const { shares } = usage({ computeReservation: 50 }, 100);
    shares.opened('a');
    shares.started('a', 40);
    expect([shares.leavesReserve(10), shares.leavesReserve(11)]).toEqual([true, false]);
    shares.opened('b');
    expect([shares.leavesReserve(35), shares.leavesReserve(36)]).toEqual([true, false]);
    expect(usage({ computeReservation: 50 }).shares.leavesReserve(1000)).toBe(true);
  });
});

async function shared(policy: FairsharePolicy = {}, vcpus = 4, environmentInput = {}) {
  const stage = new Stage();
  const environment = await stage.environment(environmentInput);
  const { arn } = stage.call<{ arn: string }>('CreateSchedulingPolicy', { name: 'p', fairsharePolicy: policy });
  const queue = await stage.queue([environment], { schedulingPolicyArn: arn });
  if (vcpus > 0) await stage.instance(environment, vcpus);
  return { stage, queue, environment, arn };
}

const running = (stage: Stage, ids: string[]): number =>
  ids.filter((id) => ['STARTING', 'RUNNING'].includes(stage.job(id).status!)).length;

test('shares get as much of the room, however many jobs each has sent, and in whatever order', async () => {
  const { stage, queue } = await shared({}, 4);
  const a = Array.from({ length: 20 }, () => stage.submit(queue, { shareIdentifier: 'a' }));
  const b = Array.from({ length: 4 }, () => stage.submit(queue, { shareIdentifier: 'b' }));
  await stage.advance(1);
  expect([running(stage, a), running(stage, b)]).toEqual([2, 2]);
});

test('a share that has had much waits for those that have had little', async () => {
  const { stage, queue } = await shared({ shareDecaySeconds: 3600 }, 1);
  const first = stage.submit(queue, { shareIdentifier: 'a' }, { attempts: [{ runSeconds: 1000 }] });
  await stage.advance(1);
  const a = stage.submit(queue, { shareIdentifier: 'a' });
  const b = stage.submit(queue, { shareIdentifier: 'b' });
  await stage.end(first, a, b);
  expect(stage.job(b).startedAt).toBeLessThan(stage.job(a).startedAt!);
});

test('within a share a higher scheduling priority goes first, then the older job', async () => {
  const { stage, queue } = await shared({}, 1);
  const submit = (priority?: number) =>
    stage.submit(queue, { shareIdentifier: 'a', schedulingPriorityOverride: priority });
  const [first, low, high, lowToo] = [submit(5), submit(1), submit(9), submit(1)];
  await stage.end(first, low, high, lowToo);
  const byStart = [first, low, high, lowToo].sort((x, y) => stage.job(x).startedAt! - stage.job(y).startedAt!);
  expect(byStart).toEqual([high, first, low, lowToo]);
  expect(stage.job(high).schedulingPriority).toBe(9);
});

test('compute reservation keeps room for shares that have no jobs yet', async () => {
  const { stage, queue } = await shared({ computeReservation: 50 }, 4, { unmanagedvCpus: 4 });
  const a = Array.from({ length: 4 }, () => stage.submit(queue, { shareIdentifier: 'a' }));
  await stage.advance(1);
  expect(running(stage, a)).toBe(2);
  const b = stage.submit(queue, { shareIdentifier: 'b' });
  await stage.advance(1);
  expect(running(stage, [b])).toBe(1);
});

test('a share identifier is required of every job, and at most 500 are active', async () => {
  const { stage, queue } = await shared({}, 0);
  const jobDefinition = stage.define();
  const submit = (shareIdentifier?: string) =>
    stage.refusal('SubmitJob', { jobName: 'j', jobQueue: queue, jobDefinition, shareIdentifier });
  expect(submit()).toContain('must be specified');
  expect(submit('a-b')).toContain('should match valid pattern');
  const jobs = Array.from({ length: 500 }, (_, index) => stage.submit(queue, { shareIdentifier: `s${index}` }));
  expect(submit('more')).toContain('500 active');
  stage.submit(queue, { shareIdentifier: 's7' });
  stage.call('CancelJob', { jobId: jobs[0], reason: 'make way' });
  stage.submit(queue, { shareIdentifier: 'more' });
});

test('the snapshot has jobs by the use of their shares, and the use of each', async () => {
  const { stage, queue } = await shared({}, 4);
  const large = stage.submit(queue, { ...asking(4, 1024), shareIdentifier: 'a' });
  await stage.advance(1);
  const [a, b] = [stage.submit(queue, { shareIdentifier: 'a' }), stage.submit(queue, { shareIdentifier: 'b' })];
  await stage.advance(1);
  const snapshot = stage.call<GetJobQueueSnapshotResponse>('GetJobQueueSnapshot', { jobQueue: queue });
  expect(snapshot.frontOfQueue!.jobs!.map(({ jobArn }) => jobArn!.split('/')[1])).toEqual([b, a]);
  expect(snapshot.queueUtilization).toMatchObject({
    totalCapacityUsage: [{ capacityUnit: 'VCPU', quantity: 4 }],
    fairshareUtilization: {
      activeShareCount: 2,
      topCapacityUtilization: [{ shareIdentifier: 'a', capacityUsage: [{ capacityUnit: 'VCPU', quantity: 4 }] }],
    },
  });
  await stage.end(large);
});

describe('scheduling policies', () => {
  const policy = (fairsharePolicy: FairsharePolicy) => ({ name: 'p', fairsharePolicy });

  test.each([
    [policy({ shareDecaySeconds: 604_801 }), 'shareDecaySeconds'],
    [policy({ computeReservation: 100 }), 'computeReservation'],
    [policy({ shareDistribution: [{ shareIdentifier: 'a', weightFactor: 0 }] }), 'weightFactor'],
    [policy({ shareDistribution: [{ shareIdentifier: 'UserA*' }, { shareIdentifier: 'UserA1' }] }), 'overlaps'],
    [policy({ shareDistribution: [{ shareIdentifier: 'a-b' }] }), 'not alphanumeric'],
    [{ name: 'p', quotaSharePolicy: { idleResourceAssignmentStrategy: 'FIFO' } }, 'no quota shares'],
  ])('%j are refused', (input, message) => {
    expect(new Stage().refusal('CreateSchedulingPolicy', input)).toContain(message);
  });

  test('are described, listed, updated, and deleted when no queue uses them', async () => {
    const { stage, queue, arn } = await shared();
    stage.call('UpdateSchedulingPolicy', { arn, fairsharePolicy: { computeReservation: 7 } });
    expect(stage.call('DescribeSchedulingPolicies', { arns: [arn] })).toMatchObject({
      schedulingPolicies: [
        { name: 'p', fairsharePolicy: { computeReservation: 7, shareDecaySeconds: 0, shareDistribution: [] } },
      ],
    });
    expect(stage.call('ListSchedulingPolicies', {})).toEqual({ schedulingPolicies: [{ arn }] });
    expect(stage.refusal('DeleteSchedulingPolicy', { arn })).toContain(`is used by job queue ${queue}`);
    stage.call('UpdateJobQueue', { jobQueue: queue, state: 'DISABLED' });
    await stage.advance(1);
    stage.call('DeleteJobQueue', { jobQueue: queue });
    await stage.advance(1);
    stage.call('DeleteSchedulingPolicy', { arn });
    expect(stage.call('ListSchedulingPolicies', {})).toEqual({ schedulingPolicies: [] });
  });
});
