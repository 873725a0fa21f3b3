import fc from 'fast-check';
import { decide } from '../../../lambda/snapshot-fan-out/decide';
import type { EndedJob, KnownSnapshot, KnownVolume, Observation } from '../../../lambda/snapshot-fan-out/model';

const NOW = 1_000_000_000;
const MINUTE = 60_000;
const KEEP = 2;

/** The n-th job ended n minutes after an hour before now. */
const job = (n: number): EndedJob => ({ jobId: `job-${n}`, stoppedAt: NOW - 59 * MINUTE + n * MINUTE });

/** Of the n-th job, begun before those of earlier jobs: what counts is when the job ended. */
function snapshot(n: number, state: KnownSnapshot['state'] = 'completed', suffix = ''): KnownSnapshot {
  const { jobId, stoppedAt } = job(n);
  return {
    snapshotId: `snap-${n}${suffix}`,
    job: { jobId, stoppedAt },
    state,
    startedAt: NOW - n * 1000 + suffix.length,
  };
}

function decided(observation: Partial<Observation>) {
  const decision = decide(KEEP, {
    now: NOW,
    succeeded: [],
    snapshots: [],
    volumes: [],
    published: undefined,
    ...observation,
  });
  return {
    snapshot: decision.snapshot?.jobId,
    publish: decision.publish?.snapshotId,
    deleted: decision.deleteSnapshots.map(({ snapshotId }) => snapshotId),
    bound: decision.bind.map(({ volumeId }) => volumeId),
    leftOver: decision.deleteVolumes.map(({ volumeId }) => volumeId),
    givenUp: decision.givenUp?.jobId,
  };
}

const NOTHING = { snapshot: undefined, publish: undefined, deleted: [], bound: [], leftOver: [], givenUp: undefined };

describe('taking a snapshot', () => {
  test('of the newest job that has succeeded, whatever the order', () => {
    expect(decided({ succeeded: [job(1), job(3), job(2)] })).toEqual({ ...NOTHING, snapshot: 'job-3' });
  });

  test('of none when there is none', () => {
    expect(decided({ snapshots: [snapshot(1)], published: 'snap-1' })).toEqual(NOTHING);
  });

  test('once a job has settled', () => {
    const fresh = { jobId: 'fresh', stoppedAt: NOW - 29_000 };
    expect(decided({ succeeded: [fresh] }).snapshot).toBeUndefined();
    expect(decided({ succeeded: [{ ...fresh, stoppedAt: NOW - 30_000 }] }).snapshot).toBe('fresh');
    expect(decided({ succeeded: [fresh, job(1)] }).snapshot).toBe('job-1');
  });

  test('no longer when it ended an hour ago', () => {
    expect(decided({ succeeded: [{ jobId: 'old', stoppedAt: NOW - 60 * MINUTE }] })).toEqual(NOTHING);
  });

  test.each(['pending', 'completed'] as const)('not when there is one of it, %s', (state) => {
    expect(decided({ succeeded: [job(1)], snapshots: [snapshot(1, state)], published: 'snap-1' })).toEqual(NOTHING);
  });

  test('not when there is one of a newer job', () => {
    expect(decided({ succeeded: [job(1)], snapshots: [snapshot(2, 'pending')] })).toEqual(NOTHING);
  });

  test('again after it has failed, but not for ever', () => {
    const failed = (count: number) => Array.from({ length: count }, (_, n) => snapshot(1, 'error', 'x'.repeat(n)));
    expect(decided({ succeeded: [job(1)], snapshots: failed(2) })).toEqual({ ...NOTHING, snapshot: 'job-1' });
    expect(decided({ succeeded: [job(1)], snapshots: failed(3) })).toEqual({ ...NOTHING, givenUp: 'job-1' });
  });
});

describe('publishing', () => {
  test('the newest that is complete, not the one that completed last', () => {
    const snapshots = [snapshot(2), snapshot(1), snapshot(3, 'pending')];
    expect(decided({ snapshots, published: undefined }).publish).toBe('snap-2');
    expect(decided({ snapshots, published: 'snap-1' }).publish).toBe('snap-2');
    expect(decided({ snapshots, published: 'snap-2' }).publish).toBeUndefined();
  });

  test('never one that has failed', () => {
    expect(decided({ snapshots: [snapshot(1), snapshot(2, 'error')], published: 'snap-1' }).publish).toBeUndefined();
  });

  test('again when somebody has reset the parameter', () => {
    expect(decided({ snapshots: [snapshot(1)], published: 'snap-0' }).publish).toBe('snap-1');
  });
});

describe('deleting', () => {
  test('all but the newest complete ones', () => {
    const snapshots = [snapshot(1), snapshot(2), snapshot(3), snapshot(4, 'pending')];
    expect(decided({ snapshots, published: 'snap-3' }).deleted).toEqual(['snap-1']);
  });

  test('the second of two of the same data', () => {
    const snapshots = [snapshot(1, 'completed', 'x'), snapshot(1), snapshot(2)];
    expect(decided({ snapshots, published: 'snap-2' }).deleted).toEqual(['snap-1x']);
  });

  test('those that have failed, once their job is not tried any more', () => {
    const snapshots = [snapshot(1, 'error'), snapshot(2)];
    expect(decided({ succeeded: [job(1)], snapshots, published: 'snap-2' }).deleted).toEqual(['snap-1']);
    expect(decided({ succeeded: [job(1)], snapshots: [snapshot(1, 'error')] }).deleted).toEqual([]);
  });

  test('nothing that is pending', () => {
    const snapshots = [1, 2, 3, 4].map((n) => snapshot(n, 'pending'));
    expect(decided({ snapshots }).deleted).toEqual([]);
  });
});

describe('volumes', () => {
  const volume = (volumeId: string, rest: Partial<KnownVolume>): KnownVolume => ({ volumeId, createdAt: NOW, ...rest });
  const attachment = { instanceId: 'i-1', device: '/dev/xvdf' };

  test('are bound to their instance', () => {
    const volumes = [
      volume('loose', { attachment: { ...attachment, goesWithInstance: false } }),
      volume('bound', { attachment: { ...attachment, goesWithInstance: true } }),
    ];
    expect(decided({ volumes }).bound).toEqual(['loose']);
  });

  test('without an instance are deleted, but not while one may be about to attach them', () => {
    const volumes = [
      volume('new', { createdAt: NOW - 29 * MINUTE }),
      volume('old', { createdAt: NOW - 30 * MINUTE }),
      volume('used', { createdAt: 0, attachment: { ...attachment, goesWithInstance: true } }),
    ];
    expect(decided({ volumes }).leftOver).toEqual(['old']);
  });
});

test('whatever there is: what is to be used stays, what is deleted is old, and the second time nothing is left to do', () => {
  const jobs = fc.integer({ min: 1, max: 8 });
  const snapshots = fc.uniqueArray(
    fc.record({ n: jobs, state: fc.constantFrom('pending', 'completed', 'error'), suffix: fc.constantFrom('', 'x') }),
    { selector: ({ n, suffix }) => `${n}${suffix}` },
  );
  fc.assert(
    fc.property(
      fc.array(jobs),
      snapshots,
      fc.option(jobs, { nil: undefined }),
      fc.integer({ min: 1, max: 3 }),
      (ended, known, told, keep) => {
        const all = known.map(({ n, state, suffix }) => snapshot(n, state as KnownSnapshot['state'], suffix));
        const observation: Observation = {
          now: NOW,
          succeeded: ended.map(job),
          snapshots: all,
          volumes: [],
          published: told === undefined ? undefined : `snap-${told}`,
        };
        const first = decide(keep, observation);
        const used = first.publish?.snapshotId ?? observation.published;
        const complete = all.filter(({ state }) => state === 'completed');
        const left = all.filter((one) => !first.deleteSnapshots.includes(one));
        if (complete.length > 0) {
          const newest = Math.max(...complete.map((one) => one.job.stoppedAt));
          expect(left.find(({ snapshotId }) => snapshotId === used)).toMatchObject({
            state: 'completed',
            job: { stoppedAt: newest },
          });
        }
        expect(left.filter(({ state }) => state === 'completed').length).toBeLessThanOrEqual(keep);
        expect(first.deleteSnapshots.some(({ state }) => state === 'pending')).toBe(false);
        const second = decide(keep, { ...observation, snapshots: left, published: used });
        expect(second.publish).toBeUndefined();
        expect(second.deleteSnapshots).toEqual([]);
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});
