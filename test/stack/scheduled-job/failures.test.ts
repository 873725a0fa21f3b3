/** What fails between a scheduled time and its job is made good, or said. */
import { BatchClient, DeregisterJobDefinitionCommand, RegisterJobDefinitionCommand } from '@aws-sdk/client-batch';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import * as cdkBatch from 'aws-cdk-lib/aws-batch';
import { cron, Environment, HOUR, MINUTE, synthesize } from './environment';

const NAME = 'hourly-20260101T010000Z';
let assembly: string;
beforeAll(() => {
  assembly = synthesize(({ add }) => add('hourly', cron('0 1 * * ? *')));
});

async function alarm(environment: Environment): Promise<string> {
  const { MetricAlarms = [] } = await environment.aws.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
  return MetricAlarms.find(({ AlarmName }) => !AlarmName!.includes('Ledger'))!.StateValue!;
}

test.each(Array.from({ length: 9 }, (_, index) => index + 1))(
  'the function dies at its call %i after the time: one job',
  async (call) => {
    const environment = await Environment.deploy(assembly);
    await environment.until('2026-01-01T00:59:30');
    environment.aws.setFaults({ crash: [[environment.functionName, call]] });
    await environment.until('2026-01-01T01:09');
    expect(environment.jobs().map(({ name }) => name)).toEqual([NAME]);
    expect(environment.told()).toContainEqual(expect.objectContaining({ status: 'STARTED' }));
  },
);

test('the answer to a submission is lost: the job is found, not submitted again', async () => {
  const environment = await Environment.deploy(assembly, { settings: { listLagSeconds: 60 } });
  await environment.until('2026-01-01T00:59:30');
  environment.aws.setFaults({ loseAnswer: { 'batch:SubmitJob': 1 } });
  await environment.until('2026-01-01T01:01');
  environment.aws.setFaults({});
  await environment.until('2026-01-01T01:09');
  expect(environment.jobs().map(({ name }) => name)).toEqual([NAME]);
  expect(environment.told()).toMatchObject([{ status: 'STARTED', id: environment.job(NAME).id }]);
});

describe('two runs of the function that read the same state at once', () => {
  /** Runs the function twice, each giving way to the other before each of its calls. */
  async function overlapping(environment: Environment, payload: object): Promise<void> {
    environment.aws.setFaults({ yield: { '*': 1 } });
    await environment.invokeAtOnce(payload, 2);
    environment.aws.setFaults({});
    await environment.advance(5 * MINUTE);
  }

  test('submit one job when Scheduler has delivered twice', async () => {
    const environment = await Environment.deploy(assembly);
    await environment.until('2026-01-01T00:59:30');
    const message = { ...(await environment.inputOf('hourly')), scheduledTime: '2026-01-01T00:30:00Z' };
    await overlapping(environment, { Records: [{ messageId: '1', body: JSON.stringify(message) }] });
    expect(environment.names()).toEqual(['hourly-20260101T003000Z', NAME]);
  });

  test('submit each job once when a person has asked twice for a period', async () => {
    const environment = await Environment.deploy(assembly);
    await overlapping(environment, {
      backfill: { schedule: 'hourly', from: '2025-12-28T00:00:00Z', to: '2025-12-31T00:00:00Z' },
    });
    const days = ['28', '29', '30'].map((day) => `hourly-202512${day}T010000Z`);
    expect(environment.names()).toEqual(days);
  });
});

test('a disabled queue: tried again, then a dead letter and an alarm; moved back, the run starts', async () => {
  const environment = await Environment.deploy(assembly);
  await environment.setQueue('DISABLED');
  await environment.until('2026-01-01T01:20');
  expect(await environment.deadLetters()).toBe(0);
  await environment.until('2026-01-01T02:00');
  expect(environment.jobs()).toEqual([]);
  expect(await environment.deadLetters()).toBe(1);
  expect(await alarm(environment)).toBe('ALARM');
  expect(environment.told()).toMatchObject([{ status: 'FAILED', error: expect.stringContaining('not ENABLED') }]);
  await environment.setQueue('ENABLED');
  const [letter] = await environment.redrive();
  expect(JSON.parse(letter!)).toMatchObject({ schedule: 'hourly', scheduledTime: '2026-01-01T01:00:00Z', retry: true });
  await environment.advance(2 * MINUTE);
  expect(environment.names()).toEqual([NAME]);
  expect(await alarm(environment)).toBe('OK');
  // Whoever moves it back twice gets no second job.
  await environment.send(letter!);
  await environment.advance(5 * MINUTE);
  expect(environment.names()).toEqual([NAME]);
});

test('a definition that no longer exists fails, until there is one again', async () => {
  const environment = await Environment.deploy(
    synthesize(({ add, stack }) => {
      const arn = `arn:aws:batch:us-east-1:123456789012:job-definition/other`;
      add('hourly', cron('0 1 * * ? *'), { job: cdkBatch.EcsJobDefinition.fromJobDefinitionArn(stack, 'Other', arn) });
    }),
  );
  const batch = environment.aws.client(BatchClient);
  const register = () =>
    batch.send(
      new RegisterJobDefinitionCommand({
        jobDefinitionName: 'other',
        type: 'container',
        platformCapabilities: ['FARGATE'],
        containerProperties: {
          image: 'busybox',
          executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
          resourceRequirements: [
            { type: 'VCPU', value: '1' },
            { type: 'MEMORY', value: '2048' },
          ],
        },
      }),
    );
  const { jobDefinitionArn } = await register();
  await batch.send(new DeregisterJobDefinitionCommand({ jobDefinition: jobDefinitionArn }));
  await environment.until('2026-01-01T01:02');
  expect(environment.jobs()).toEqual([]);
  await register();
  await environment.advance(HOUR / 6);
  expect(environment.names()).toEqual([NAME]);
  expect(await environment.deadLetters()).toBe(0);
});

test('a message that cannot be read ends in the dead-letter queue', async () => {
  const environment = await Environment.deploy(assembly);
  await environment.send('not what it should be');
  await environment.advance(30 * MINUTE);
  expect(await environment.deadLetters()).toBe(1);
});
