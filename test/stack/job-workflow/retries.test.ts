/** Runs of a workflow whose jobs are retried: the graph stays whole. */
import { Duration } from 'aws-cdk-lib';
import { JobLedger, JobRetries, RetryRule, RunIf } from '../../../lib';
import type { LocalJobInput } from '../../../workload/local-job';
import { Flow, outcomes, succeeds, synthesize, type Bench } from './stage';

/** Fails so often, then succeeds: attempts count across submissions. */
const failsFirst = (key: string, times: number): LocalJobInput => ({
  key,
  attempts: [...Array.from({ length: times }, () => ({ runSeconds: 30, exitCode: 1 })), { runSeconds: 30 }],
});

/** The retries of a queue, by the workflow's ledger. */
function retry({ stack, workflow }: Bench, queues: Bench['queue'][], dryRun?: boolean): void {
  const delay = Duration.seconds(10);
  const rules = [RetryRule.onFailure({ attempts: 3, delay, maxDelay: delay })];
  new JobRetries(stack, 'Retries', { queues, ledger: workflow.ledger, rules, dryRun });
}

const statuses = (flow: Flow, name: string) => flow.jobsOf(name).map(({ status }) => status);
/** How often a job of that node has run. */
const runs = (flow: Flow, name: string) => flow.jobsOf(name).filter(({ startedAt }) => startedAt !== undefined).length;

test('a job that fails twice and then succeeds has succeeded; what follows on success runs once, what follows on failure does not', async () => {
  const flow = await Flow.deploy(
    synthesize((bench) => {
      const { add, queue } = bench;
      retry(bench, [queue]);
      const train = add('Train', failsFirst('train', 2));
      const report = train.then(add('Report'));
      report.then(add('Publish'));
      train.then(add('CleanUp'), RunIf.FAILURE);
      report.then(add('Mourn'), RunIf.FAILURE);
      train.then(add('Count'), RunIf.EITHER);
    }),
  );
  const end = await flow.end(await flow.start());
  expect(end!.status).toBe('SUCCEEDED');
  expect(outcomes(end!)).toEqual({
    ...{ Train: 'SUCCEEDED', Report: 'SUCCEEDED', Publish: 'SUCCEEDED', Count: 'SUCCEEDED' },
    ...{ CleanUp: 'SKIPPED', Mourn: 'SKIPPED' },
  });
  expect(statuses(flow, 'Train')).toEqual(['FAILED', 'FAILED', 'SUCCEEDED']);
  for (const name of ['Report', 'Publish', 'Count']) expect(runs(flow, name)).toBe(1);
  for (const name of ['CleanUp', 'Mourn']) expect(flow.jobsOf(name)).toEqual([]);
});

test('when the retries are exhausted it has failed, once, and what follows on failure runs', async () => {
  const flow = await Flow.deploy(
    synthesize((bench) => {
      const { add, queue } = bench;
      retry(bench, [queue]);
      const train = add('Train', failsFirst('train', 9));
      const report = train.then(add('Report'));
      train.then(add('CleanUp'), RunIf.FAILURE);
      report.then(add('Count'), RunIf.EITHER);
    }),
  );
  const end = await flow.end(await flow.start());
  expect(end!.status).toBe('FAILED');
  expect(outcomes(end!)).toEqual({
    Train: 'FAILED',
    Report: 'UPSTREAM_FAILED',
    CleanUp: 'SUCCEEDED',
    Count: 'SUCCEEDED',
  });
  expect(statuses(flow, 'Train')).toEqual(['FAILED', 'FAILED', 'FAILED']);
  expect(runs(flow, 'Report')).toBe(0);
  for (const name of ['CleanUp', 'Count']) expect(runs(flow, name)).toBe(1);
});

test('a job in a queue without retries waits for the last try of one that is retried', async () => {
  const flow = await Flow.deploy(
    synthesize((bench) => {
      const { add, queue, otherQueue } = bench;
      retry(bench, [queue]);
      add('Train', failsFirst('train', 1))
        .then(add('Report', succeeds(), { queue: otherQueue }))
        .then(add('Publish'));
    }),
  );
  const end = await flow.end(await flow.start());
  expect(outcomes(end!)).toEqual({ Train: 'SUCCEEDED', Report: 'SUCCEEDED', Publish: 'SUCCEEDED' });
  expect(statuses(flow, 'Report')).toEqual(['SUCCEEDED']);
});

test('a dry run of retries does not keep a run waiting', async () => {
  const flow = await Flow.deploy(
    synthesize((bench) => {
      const { add, queue } = bench;
      retry(bench, [queue], true);
      add('Train', failsFirst('train', 1)).then(add('CleanUp'), RunIf.FAILURE);
    }),
  );
  const end = await flow.end(await flow.start(), 300);
  expect(outcomes(end!)).toEqual({ Train: 'FAILED', CleanUp: 'SUCCEEDED' });
  expect(flow.jobs()).toHaveLength(2);
});

test('retries by another ledger, which a run does not see, are told at synth', () => {
  const build = ({ stack, queue, add }: Bench) => {
    const rules = [RetryRule.onFailure({ attempts: 3 })];
    new JobRetries(stack, 'Retries', { queues: [queue], ledger: new JobLedger(stack, 'Other'), rules });
    add('Train');
  };
  expect(() => synthesize(build)).toThrow(
    /Workflow\/Train\] queue is Stack\/.*; it must be one whose jobs are retried by/,
  );
});
