import { RunningExample } from './example';

test('the report runs at half past two in Paris, and each uploaded file is imported', async () => {
  const example = await RunningExample.deploy('nightly');
  const { aws } = example;
  const detail = { bucket: { name: 'uploads' }, object: { key: 'in/a.csv' } };
  aws.services.events.publish({ source: 'aws.s3', detailType: 'Object Created', resources: [], detail });
  await aws.virtualClock!.runUntil(Date.UTC(2026, 0, 1, 1, 40));
  const jobs = [...aws.services.batch.jobs()];
  expect(jobs.map(({ name, status }) => [name.replace(/^(import-).*/, '$1'), status])).toEqual([
    ['import-', 'SUCCEEDED'],
    ['report-20260101T013000Z', 'SUCCEEDED'],
  ]);
});
