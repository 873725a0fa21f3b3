import * as fc from 'fast-check';
import { DEFAULT_ATTEMPT, LocalJobError, parseLocalJob, planAttempt } from '../../workload/local-job';
import type { LocalJobInput } from '../../workload/local-job';

const parse = (input: LocalJobInput) => parseLocalJob(JSON.stringify(input));
const job = { memoryMiB: 1024 };

test('a job without the variable starts in 5 s, runs 60 s and exits 0', () => {
  expect(planAttempt(parseLocalJob(undefined), 1, job)).toEqual({
    startSeconds: 5,
    runSeconds: 60,
    end: { kind: 'exited', exitCode: 0, reason: undefined },
  });
});

test('what an attempt leaves out is as in the default', () => {
  expect(parse({ attempts: [{ exitCode: 3 }] }).attempts).toEqual([{ ...DEFAULT_ATTEMPT, exitCode: 3 }]);
});

test('attempts go through the list and the last repeats', () => {
  const work = parse({ attempts: [{ exitCode: 1 }, { exitCode: 2 }, { exitCode: 0 }] });
  const exitCodes = [1, 2, 3, 4, 99].map((number) => planAttempt(work, number, job).end);
  expect(exitCodes).toEqual([1, 2, 0, 0, 0].map((exitCode) => ({ kind: 'exited', exitCode })));
});

test('a child of an array goes by its index where the document has one', () => {
  const work = parse({ attempts: [{ runSeconds: 1 }], byIndex: { '7': [{ runSeconds: 700 }] } });
  expect(planAttempt(work, 1, { ...job, arrayIndex: 7 }).runSeconds).toBe(700);
  expect(planAttempt(work, 1, { ...job, arrayIndex: 6 }).runSeconds).toBe(1);
  expect(planAttempt(work, 1, job).runSeconds).toBe(1);
});

test('a peak above the memory of the job ends it as out of memory, one at the limit does not', () => {
  const work = parse({ attempts: [{ peakMemoryMiB: 2048 }] });
  expect(planAttempt(work, 1, { memoryMiB: 2047 }).end).toEqual({ kind: 'outOfMemory' });
  expect(planAttempt(work, 1, { memoryMiB: 2048 }).end).toMatchObject({ kind: 'exited', exitCode: 0 });
});

test('the host may go away under it', () => {
  expect(planAttempt(parse({ attempts: [{ hostTerminated: true, runSeconds: 9 }] }), 1, job)).toEqual({
    startSeconds: 5,
    runSeconds: 9,
    end: { kind: 'hostTerminated' },
  });
});

test('a reason that a container could not start for ends the attempt before it runs', () => {
  const reason = 'CannotPullContainerError: pull image manifest has been retried 5 time(s)';
  expect(planAttempt(parse({ attempts: [{ reason }] }), 1, job)).toEqual({
    startSeconds: 5,
    end: { kind: 'notStarted', reason },
  });
  expect(planAttempt(parse({ attempts: [{ reason: 'out of licences', exitCode: 4 }] }), 1, job).end).toEqual({
    kind: 'exited',
    exitCode: 4,
    reason: 'out of licences',
  });
});

test.each([
  ['{', 'LOCAL_JOB is not JSON: {'],
  ['[]', 'LOCAL_JOB is not an object'],
  ['{"attempt":[]}', 'LOCAL_JOB has no member attempt; it may have key, attempts, byIndex'],
  ['{"key":7}', 'LOCAL_JOB.key is not a string'],
  ['{"attempts":[]}', 'LOCAL_JOB.attempts is not a list of attempts'],
  ['{"attempts":[{"exitCode":256}]}', 'LOCAL_JOB.attempts[0].exitCode is not an exit code from 0 to 255: 256'],
  ['{"attempts":[{"runSeconds":-1}]}', 'LOCAL_JOB.attempts[0].runSeconds is not a number of seconds: -1'],
  ['{"attempts":[{"seconds":1}]}', 'LOCAL_JOB.attempts[0] has no member seconds'],
  ['{"byIndex":{"x":[{}]}}', 'LOCAL_JOB.byIndex: x is not an array index'],
  ['{"byIndex":{"1":{}}}', 'LOCAL_JOB.byIndex.1 is not a list of attempts'],
])('%s is refused in words', (text, message) => {
  expect(() => parseLocalJob(text)).toThrow(LocalJobError);
  expect(() => parseLocalJob(text)).toThrow(message);
});

test('every document that is written by the type is read, and every attempt has an end', () => {
  const attempt = fc.record(
    {
      startSeconds: fc.nat(1000),
      runSeconds: fc.nat(100_000),
      exitCode: fc.nat(255),
      reason: fc.string(),
      peakMemoryMiB: fc.nat(10_000),
      hostTerminated: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  const attempts = fc.array(attempt, { minLength: 1, maxLength: 4 });
  const input = fc.record(
    { key: fc.string(), attempts, byIndex: fc.dictionary(fc.nat(50).map(String), attempts) },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(input, fc.integer({ min: 1, max: 20 }), fc.option(fc.nat(50)), (document, number, index) => {
      const plan = planAttempt(parse(document), number, { ...job, arrayIndex: index ?? undefined });
      expect(plan.startSeconds).toBeGreaterThanOrEqual(0);
      expect(plan.runSeconds === undefined).toBe(plan.end.kind === 'notStarted');
    }),
  );
});
