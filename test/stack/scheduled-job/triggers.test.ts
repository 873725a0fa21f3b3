/** Jobs that are run when an event arrives. */
import { EventField } from 'aws-cdk-lib/aws-events';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { JobTrigger, TriggerEvent } from '../../../lib';
import { cron, Environment, MINUTE, plays, synthesize } from './environment';

let assembly: string;
beforeAll(() => {
  assembly = synthesize(({ stack, job, queue, add }) => {
    add('nightly', cron('30 2 * * ? *'), { runSeconds: 5 });
    const bucket = Bucket.fromBucketName(stack, 'Bucket', 'data');
    const environment = plays({ startSeconds: 0, runSeconds: 5 });
    new JobTrigger(stack, 'Upload', {
      triggerName: 'upload',
      job,
      queue,
      environment,
      event: TriggerEvent.objectCreated(bucket, { prefix: 'in/' }),
      parameters: {
        input: `s3://${EventField.fromPath('$.detail.bucket.name')}/${EventField.fromPath('$.detail.object.key')}`,
      },
    });
    new JobTrigger(stack, 'After', {
      triggerName: 'after',
      job,
      queue,
      environment,
      event: TriggerEvent.matching({
        source: ['aws.batch'],
        detail: { status: ['SUCCEEDED'], jobName: [{ prefix: 'nightly-' }] },
      }),
      parameters: { input: EventField.fromPath('$.detail.jobId') },
    });
  });
});

function upload(environment: Environment, key: string): void {
  const detail = { bucket: { name: 'data' }, object: { key } };
  environment.aws.services.events.publish({ source: 'aws.s3', detailType: 'Object Created', resources: [], detail });
}

test('an object starts a job that knows it, whatever its key holds', async () => {
  const environment = await Environment.deploy(assembly);
  upload(environment, 'in/a "quoted" key');
  upload(environment, 'out/not-this');
  await environment.advance(MINUTE);
  expect(environment.submitted).toHaveLength(1);
  const [{ name, input }] = environment.submitted as [Environment['submitted'][0]];
  expect(name).toMatch(/^upload-/);
  expect(input).toMatchObject({ parameters: { input: 's3://data/in/a "quoted" key' } });
  expect(JSON.stringify(input)).not.toContain('FOREMAN_SCHEDULED_TIME');
});

test('an event that is delivered again and again starts one job', async () => {
  const environment = await Environment.deploy(assembly);
  environment.aws.setFaults({
    seed: 2,
    events: { double: 1, delaySeconds: 600 },
    crash: [[environment.functionName, 3]],
  });
  for (let index = 0; index < 5; index++) upload(environment, `in/${index}`);
  await environment.advance(20 * MINUTE);
  expect(new Set(environment.names()).size).toBe(5);
  expect(environment.jobs()).toHaveLength(5);
});

test('the end of another job starts the next', async () => {
  const environment = await Environment.deploy(assembly);
  await environment.widenSweeps('1 hour');
  await environment.until('2026-01-01T02:35');
  expect(environment.names()).toHaveLength(2);
  expect(environment.submitted[1]!.input).toMatchObject({
    parameters: { input: environment.job('nightly-20260101T023000Z').id },
  });
});

test('what cannot be started is tried again, then a dead letter, and starts when that is moved back', async () => {
  const environment = await Environment.deploy(assembly);
  await environment.setQueue('DISABLED');
  upload(environment, 'in/1');
  await environment.advance(50 * MINUTE);
  expect(environment.jobs()).toEqual([]);
  expect(await environment.deadLetters()).toBe(1);
  await environment.setQueue('ENABLED');
  await environment.redrive();
  await environment.advance(MINUTE);
  expect(environment.names()).toHaveLength(1);
});
