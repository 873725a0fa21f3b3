import { RunIf } from '../../../lib';
import { fails, Flow, outcomes, succeeds, synthesize } from './stage';

test('a chain is submitted in one call, and each job waits for the one before', async () => {
  const flow = await Flow.deploy(
    synthesize(({ add, otherQueue }) => {
      add('Prepare', succeeds(), { arraySize: 3 })
        .then(add('Train', succeeds(), { queue: otherQueue }))
        .then(add('Report'));
    }),
  );
  const runId = await flow.start({ key: 'k', parameters: { input: 'given' } });
  expect(runId).toBe('flow-k');
  await flow.advance(1);
  expect(
    flow
      .jobs()
      .filter(({ id }) => !id.includes(':'))
      .map(({ name }) => name),
  ).toEqual(['flow-k-Prepare', 'flow-k-Train', 'flow-k-Report']);
  expect(await flow.start({ key: 'k' })).toBe(runId);
  const end = await flow.end(runId);
  expect(end).toMatchObject({ status: 'SUCCEEDED', parameters: { input: 'given' }, version: 1 });
  expect(outcomes(end!)).toEqual({ Prepare: 'SUCCEEDED', Train: 'SUCCEEDED', Report: 'SUCCEEDED' });
  expect(flow.jobs()).toHaveLength(3 + 3);
});

test('what comes after a failure runs when it is there, and what comes after success does not', async () => {
  const flow = await Flow.deploy(
    synthesize(({ add }) => {
      const train = add('Train', fails());
      const report = train.then(add('Report'));
      train.then(add('CleanUp'), RunIf.FAILURE).then(add('Tell'));
      add('Always').after(report, RunIf.EITHER);
      report.then(add('NeverMind'), RunIf.EITHER).then(add('NotNeeded'), RunIf.FAILURE);
    }),
  );
  const runId = await flow.start();
  const end = await flow.end(runId);
  expect(end!.status).toBe('FAILED');
  expect(outcomes(end!)).toEqual({
    Train: 'FAILED',
    Report: 'UPSTREAM_FAILED',
    CleanUp: 'SUCCEEDED',
    Tell: 'SUCCEEDED',
    Always: 'SUCCEEDED',
    NeverMind: 'SUCCEEDED',
    NotNeeded: 'SKIPPED',
  });
});
