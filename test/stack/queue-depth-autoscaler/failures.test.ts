/** What fails outside the autoscaler is gone round, and said. */
import { GetQueueAttributesCommand, ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { CPU, Environment, synthesize } from './environment';

/** The same shape from another family, dearer: opened when the first has nothing. */
const OTHER = { ...CPU, name: 'other', instanceTypes: [new ec2.InstanceType('m6i.xlarge')], cost: 2 };
const MINUTE = 60;

let assembly: string;
beforeAll(() => {
  assembly = synthesize([CPU, OTHER]);
});

/** The Auto Scaling group of a pool, as faults name it. */
async function groupOf(environment: Environment, pool: string): Promise<string> {
  return (await environment.groups()).find(({ name }) => name.toLowerCase().includes(`pools${pool}`))!.name;
}

describe('a pool without capacity', () => {
  test('is left alone for a while, and the next one is used', async () => {
    const environment = await Environment.deploy(assembly);
    const group = await groupOf(environment, 'cpu');
    environment.aws.faults.set({ launch: { [group]: 'InsufficientInstanceCapacity' } });
    const job = await environment.submit({ runSeconds: 120 });
    await environment.until('the job runs', () => environment.job(job).status === 'RUNNING', 6 * MINUTE);
    expect(environment.instances().map(({ instanceType }) => instanceType)).toEqual(['m6i.xlarge']);
    // The group does not go on trying behind our back.
    expect(await environment.groups()).toContainEqual({ name: group, desired: 0, instances: 0 });
    expect(environment.decisions().slice(0, 3)).toEqual(['launch', 'reset', 'launch']);
    await environment.untilOver();
  });

  test('is tried again when all are without, until there is capacity', async () => {
    const environment = await Environment.deploy(assembly);
    environment.aws.faults.set({ launch: { '*': 'InsufficientInstanceCapacity' } });
    const job = await environment.submit({ runSeconds: 120 });
    await environment.advance(40 * MINUTE);
    expect(environment.job(job).status).toBe('RUNNABLE');
    environment.aws.faults.set({});
    await environment.untilOver();
    expect(environment.job(job).status).toBe('SUCCEEDED');
    expect(environment.instances()).toHaveLength(1);
  });
});

describe('a pool whose instances do not register', () => {
  test('is replaced, then protected, and says so once', async () => {
    const environment = await Environment.deploy(synthesize([CPU]));
    environment.aws.faults.set({ neverRegister: ['*'] });
    await environment.submit();
    await environment.advance(60 * MINUTE);
    const events = () => environment.aws.state().events.filter(({ source }) => source === 'batch-foreman');
    expect(events()).toHaveLength(1);
    expect(events()[0]).toMatchObject({
      'detail-type': 'Batch Pool Protected',
      detail: { version: 1, pool: 'cpu', reason: expect.stringContaining('did not register') },
    });
    const launched = environment.instances().length;
    expect(launched).toBeLessThanOrEqual(3);
    await environment.advance(20 * MINUTE);
    expect(environment.instances()).toHaveLength(launched);
    expect(environment.left()).toEqual([]);
  });
});

test('with half of all calls throttled, every job ends and every instance goes', async () => {
  const environment = await Environment.deploy(assembly);
  const jobs = await Promise.all([1, 2, 3, 4].map((vcpus) => environment.submit({ vcpus, runSeconds: 200 })));
  environment.aws.faults.set({
    seed: 5,
    throttle: { 'batch:*': 0.5, 'ecs:*': 0.5, 'autoscaling:*': 0.5, 'dynamodb:*': 0.5 },
  });
  await environment.untilOver(4 * 60 * MINUTE);
  for (const job of jobs) expect(environment.job(job)).toMatchObject({ status: 'SUCCEEDED', attempts: 1 });
  expect(environment.killed()).toEqual([]);
});

test('a message that cannot be read ends in the dead-letter queue; the others are heard', async () => {
  const environment = await Environment.deploy(assembly);
  const sqs = environment.aws.client(SQSClient);
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const messages = QueueUrls.find((url) => url.includes('TriggersQueue'));
  const deadLetters = QueueUrls.find((url) => url.includes('DeadLetters'));
  await sqs.send(new SendMessageCommand({ QueueUrl: messages, MessageBody: 'not what it should be' }));
  const job = await environment.submit();
  await environment.untilOver();
  expect(environment.job(job).status).toBe('SUCCEEDED');
  await environment.advance(30 * MINUTE);
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: deadLetters, AttributeNames: ['ApproximateNumberOfMessages'] }),
  );
  expect(Attributes).toEqual({ ApproximateNumberOfMessages: '1' });
});

describe('the stack is deleted', () => {
  test('while a job runs: the job ends first', async () => {
    const environment = await Environment.deploy(assembly);
    const job = await environment.submit({ runSeconds: 20 * MINUTE });
    await environment.until('the job runs', () => environment.job(job).status === 'RUNNING');
    await environment.aws.destroy();
    expect(environment.job(job).status).toBe('SUCCEEDED');
    expect(environment.left()).toEqual([]);
    expect(environment.killed()).toEqual([]);
  });
});
