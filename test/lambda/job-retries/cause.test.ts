import {
  childFailureOf,
  containerOutOfMemory,
  failureOf,
  interruptionsOf,
  neverRan,
} from '../../../lambda/job-retries/cause';
import { failed, job } from './jobs';

const OOM = 'OutOfMemoryError: Container killed due to memory usage';

test.each([
  ['a non-zero exit code', failed({ exitCode: 3 }), 'FAILURE'],
  ['an image that cannot be pulled', failed({ reason: 'CannotPullContainerError: not found' }), 'FAILURE'],
  ['out of memory', failed({ exitCode: 137, reason: OOM }), 'OUT_OF_MEMORY'],
  ['out of memory with exit code 0, as has been seen', failed({ exitCode: 0, reason: OOM }), 'OUT_OF_MEMORY'],
  ['killed, but not for its memory', failed({ exitCode: 137 }), 'FAILURE'],
  ['its native timeout', failed({ exitCode: 137, statusReason: 'Job attempt duration exceeded timeout' }), 'TIMEOUT'],
  ['an instance that went away', failed({ statusReason: 'Host EC2 (instance i-0123) terminated.' }), 'INTERRUPTION'],
  ['a Fargate Spot task that was', failed({ statusReason: 'Your Spot Task was interrupted.' }), 'INTERRUPTION'],
])('%s', (_, attempt, cause) => {
  expect(failureOf(job({ attempts: [attempt] }), false).cause).toBe(cause);
});

test('what this library ended for having taken too long has timed out', () => {
  expect(failureOf(job({ attempts: [failed({ exitCode: 143 })] }), true).cause).toBe('TIMEOUT');
});

test('the last attempt counts, and every interrupted one', () => {
  const attempts = [
    failed({ statusReason: 'Host EC2 (instance i-0) terminated.' }),
    failed({ statusReason: 'Host EC2 (instance i-1) terminated.' }),
    failed({ exitCode: 2 }),
  ];
  expect(failureOf(job({ attempts }), false)).toMatchObject({ cause: 'FAILURE', exitCode: 2 });
  expect(interruptionsOf(job({ attempts }))).toBe(2);
});

test('of several containers the one that failed counts', () => {
  const containers = [
    { name: 'log', exitCode: 0 },
    { name: 'main', exitCode: 137, reason: OOM },
  ];
  const several = job({ attempts: [{ taskProperties: [{ containers }] }] });
  expect(failureOf(several, false)).toMatchObject({ cause: 'OUT_OF_MEMORY', exitCode: 137 });
  expect(containerOutOfMemory(several)).toBe('main');
});

test('a child is told by its summary', () => {
  const summary = { jobId: 'a:1', jobName: 'a', container: { exitCode: 137, reason: OOM } };
  expect(childFailureOf(summary, false).cause).toBe('OUT_OF_MEMORY');
});

test('a job that never ran has no attempt and was not stopped', () => {
  const waiting = { attempts: [], startedAt: undefined };
  expect(neverRan(job(waiting))).toBe(true);
  expect(neverRan(job({ ...waiting, isCancelled: true }))).toBe(false);
  expect(neverRan(job())).toBe(false);
});
