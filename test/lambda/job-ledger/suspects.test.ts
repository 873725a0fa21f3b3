import type { JobSummary } from '@aws-sdk/client-batch';
import type { LedgerJob, Status } from '../../../lambda/job-ledger/item';
import { differingArrays, suspectChildren, suspects } from '../../../lambda/job-ledger/sweep/suspects';
import { sightingOf } from '../../../lambda/job-ledger/sighting';
import { QUEUE, START } from './sightings';

function known(jobId: string, status: Status, more: Partial<LedgerJob> = {}): [string, LedgerJob] {
  const detail = {
    jobId,
    jobName: 'job',
    jobQueue: QUEUE,
    jobDefinition: 'job:1',
    createdAt: START,
    startedAt: undefined,
  };
  return [jobId, { ...sightingOf({ ...detail, status }, START).job, ...more }];
}

function listed(jobId: string, status: Status, more: Partial<JobSummary> = {}): JobSummary {
  return { jobId, jobName: 'job', status, ...more };
}

const all = (jobs: JobSummary[]) => ({ jobs, complete: true });

describe('AWS Batch is asked for', () => {
  test('nothing, where lists and ledger agree', () => {
    const open = new Map([known('a', 'RUNNABLE'), known('b', 'RUNNING', { startedAt: 7 })]);
    expect(suspects(open, all([listed('a', 'RUNNABLE'), listed('b', 'RUNNING', { startedAt: 7 })]))).toEqual([]);
  });

  test('what is listed and not known, or elsewhere, or there once more', () => {
    const open = new Map([known('a', 'RUNNABLE'), known('b', 'RUNNABLE', { startedAt: 7 })]);
    const jobs = [listed('a', 'STARTING'), listed('b', 'RUNNABLE', { startedAt: 8 }), listed('new', 'SUBMITTED')];
    expect(suspects(open, all(jobs))).toEqual(['a', 'b', 'new']);
  });

  test('what only events have told of, once: they may leave out tags', () => {
    const open = new Map([known('a', 'RUNNABLE', { described: false })]);
    expect(suspects(open, all([listed('a', 'RUNNABLE')]))).toEqual(['a']);
  });

  test('what is open and not listed, but only if everything was listed', () => {
    const open = new Map([known('a', 'RUNNABLE')]);
    expect(suspects(open, all([]))).toEqual(['a']);
    expect(suspects(open, { jobs: [], complete: false })).toEqual([]);
  });

  test('children whose array is not there any more', () => {
    const open = new Map([known('p:0', 'RUNNING'), known('q:0', 'RUNNING'), known('p', 'PENDING')]);
    expect(suspects(open, all([listed('p', 'PENDING')]))).toEqual(['q:0']);
  });
});

describe('children of an array', () => {
  const array = (statusSummary: Record<string, number> | undefined) =>
    all([listed('p', 'PENDING', { arrayProperties: { size: 4, statusSummary } })]);
  const open = new Map([
    known('p', 'PENDING'),
    known('p:0', 'RUNNING'),
    known('p:1', 'RUNNABLE'),
    known('p:2', 'RUNNABLE'),
  ]);

  test('are not listed while there are as many in each state as the ledger has', () => {
    expect(differingArrays(open, array({ RUNNING: 1, RUNNABLE: 2, SUCCEEDED: 1 }))).toEqual([]);
  });

  test('are listed in the states of which there are more or fewer', () => {
    expect(differingArrays(open, array({ RUNNING: 1, RUNNABLE: 1, STARTING: 1 }))).toMatchObject([
      { arrayJobId: 'p', differ: ['RUNNABLE', 'STARTING'] },
    ]);
    expect(differingArrays(open, array(undefined))[0]!.differ).toHaveLength(5);
  });

  test('are asked for where they are not as the ledger has them', () => {
    const [view] = differingArrays(open, array({ RUNNING: 1, RUNNABLE: 1, STARTING: 1 }));
    expect(suspectChildren(view!, [listed('p:1', 'STARTING'), listed('p:3', 'RUNNABLE')])).toEqual([
      'p:1',
      'p:3',
      'p:2',
    ]);
  });
});
