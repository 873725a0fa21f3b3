import { type Predecessor, resolve } from '../../../lambda/job-retries/dependencies';

const at = (entries: Record<string, Predecessor>) => new Map(Object.entries(entries));

test('it depends on the latest of each, without those that have succeeded', () => {
  const predecessors = at({
    a: { kind: 'open', jobId: 'a2' },
    b: { kind: 'succeeded' },
    c: { kind: 'open', jobId: 'c' },
  });
  expect(resolve([{ jobId: 'a' }, { jobId: 'b' }, { jobId: 'c' }], predecessors, {})).toEqual({
    kind: 'ready',
    dependsOn: [{ jobId: 'a2' }, { jobId: 'c' }],
  });
});

test('two that have become one are depended on once', () => {
  const predecessors = at({ a: { kind: 'open', jobId: 'a2' }, old: { kind: 'open', jobId: 'a2' } });
  expect(resolve([{ jobId: 'a' }, { jobId: 'old' }], predecessors, {})).toMatchObject({ dependsOn: [{ jobId: 'a2' }] });
});

test('it waits for the last of those that will be submitted again', () => {
  const predecessors = at({
    a: { kind: 'waiting', until: 10 },
    b: { kind: 'waiting', until: 30 },
    c: { kind: 'succeeded' },
  });
  expect(resolve([{ jobId: 'a' }, { jobId: 'b' }, { jobId: 'c' }], predecessors, {})).toEqual({
    kind: 'waiting',
    until: 30,
  });
});

test('one that has failed for good is the end, whatever the others do', () => {
  const predecessors = at({ a: { kind: 'waiting', until: 10 }, b: { kind: 'failed' } });
  expect(resolve([{ jobId: 'a' }, { jobId: 'b' }], predecessors, {})).toEqual({ kind: 'failed', jobId: 'b' });
});

describe('arrays', () => {
  const children = { indexes: [3, 7], size: 10 };
  const open: Predecessor = { kind: 'open', jobId: 'a2', size: 2, children };
  const dependsOn = [{ jobId: 'a', type: 'N_TO_N' as const }];

  test('child for child where both stand for the same indexes', () => {
    expect(resolve(dependsOn, at({ a: open }), { size: 2, children })).toMatchObject({
      dependsOn: [{ jobId: 'a2', type: 'N_TO_N' }],
    });
  });

  test.each([
    ['other indexes', { size: 2, children: { indexes: [3, 8], size: 10 } }],
    ['more indexes', { size: 3, children: { indexes: [3, 7, 8], size: 10 } }],
    ['a single one, which is no array', { children: { indexes: [3], size: 10 } }],
  ])('on all of the other where it stands for %s', (_, dependent) => {
    expect(resolve(dependsOn, at({ a: open }), dependent)).toMatchObject({ dependsOn: [{ jobId: 'a2' }] });
  });

  test('one after the other as long as there are several', () => {
    const sequential = [{ type: 'SEQUENTIAL' as const }];
    expect(resolve(sequential, at({}), { size: 2 })).toMatchObject({ dependsOn: sequential });
    expect(resolve(sequential, at({}), {})).toMatchObject({ dependsOn: [] });
  });
});
