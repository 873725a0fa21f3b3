import { gzipSync } from 'node:zlib';
import { BatchClient, DescribeJobQueuesCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { HttpDoor } from '../../../local/http/door';
import { createLocalAws } from '../../../local/local-aws';
import type { LocalAws } from '../../../local/local-aws';

let door: HttpDoor;
let aws: LocalAws;
const errors: unknown[] = [];

beforeEach(async () => {
  errors.length = 0;
  door = await HttpDoor.open(0, (error) => errors.push(error));
  aws = createLocalAws({ endpoint: door.url });
  door.serve(aws);
});

afterEach(() => door.close());

function client<C>(Client: new (settings: never) => C): C {
  const credentials = { accessKeyId: 'someone', secretAccessKey: 'secret' };
  return new Client({ endpoint: door.url, region: 'us-east-1', credentials, maxAttempts: 1 } as never);
}

async function control(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(`${door.url}/_local/${path}`, { method, body: text });
  return { status: answer.status, body: await answer.json() };
}

test('signed requests of the SDK are answered over HTTP, and refusals too', async () => {
  expect(await client(STSClient).send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:user/someone',
  });
  expect((await client(BatchClient).send(new DescribeJobQueuesCommand({}))).jobQueues).toEqual([]);
  const submit = new SubmitJobCommand({ jobName: 'a', jobQueue: 'none', jobDefinition: 'none' });
  await expect(client(BatchClient).send(submit)).rejects.toMatchObject({ name: 'ClientException' });
  expect(errors).toEqual([]);
});

test('queue URLs lead back to the door', async () => {
  const sqs = client(SQSClient);
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'q' }));
  expect(QueueUrl).toBe(`${door.url}/123456789012/q`);
  await expect(sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }))).resolves.toBeDefined();
});

test('compressed requests are read', async () => {
  const MetricData = Array.from({ length: 300 }, (_, index) => ({ MetricName: `metric-number-${index}`, Value: 1 }));
  await client(CloudWatchClient).send(new PutMetricDataCommand({ Namespace: 'Test', MetricData }));
  expect(aws.state().metrics.filter(({ namespace }) => namespace === 'Test')).toHaveLength(300);

  const headers = { 'content-encoding': 'gzip', authorization: 'Credential=a/1/r/batch/aws4_request' };
  const listed = await fetch(`${door.url}/v1/describejobqueues`, { method: 'POST', headers, body: gzipSync('{}') });
  expect(await listed.json()).toEqual({ jobQueues: [] });
  const broken = await fetch(`${door.url}/v1/describejobqueues`, { method: 'POST', headers, body: '{}' });
  expect([broken.status, await broken.json()]).toEqual([400, { message: expect.stringContaining('not gzip') }]);
});

test('the clock is moved, and everything due has happened when the answer comes', async () => {
  const before = aws.clock.now();
  const seen: number[] = [];
  aws.clock.after(3_600_000, () => void seen.push(aws.clock.now()));
  expect(await control('POST', 'clock', { advanceSeconds: 3600 })).toEqual({
    status: 200,
    body: { now: '2026-01-01T01:00:00.000Z' },
  });
  expect(seen).toEqual([before + 3_600_000]);
});

test('two who move the clock at once both get their time', async () => {
  await Promise.all([
    control('POST', 'clock', { advanceSeconds: 60 }),
    control('POST', 'clock', { advanceSeconds: 60 }),
  ]);
  expect(aws.state().now).toBe('2026-01-01T00:02:00.000Z');
});

test('faults are set, and replaced', async () => {
  const list = () => client(BatchClient).send(new DescribeJobQueuesCommand({}));
  expect(await control('POST', 'faults', { throttle: { 'batch:*': 1 } })).toEqual({ status: 200, body: {} });
  await expect(list()).rejects.toMatchObject({ name: 'TooManyRequestsException', $metadata: { httpStatusCode: 429 } });
  await control('POST', 'faults', {});
  await expect(list()).resolves.toMatchObject({ jobQueues: [] });
});

test('the state shows what the design says', async () => {
  await client(BatchClient).send(new DescribeJobQueuesCommand({}));
  expect(await control('GET', 'state')).toEqual({
    status: 200,
    body: {
      now: '2026-01-01T00:00:00.000Z',
      jobs: [],
      instances: [],
      schedules: [],
      events: [],
      metrics: [],
      apiCalls: { batch: { DescribeJobQueues: 1 } },
    },
  });
});

test.each([
  ['POST', 'clock', '{', 'The body is not JSON'],
  ['POST', 'clock', {}, 'The body must be {"advanceSeconds": n} with n at least 0'],
  ['POST', 'clock', { advanceSeconds: -1 }, 'The body must be'],
  ['POST', 'clock', { advanceSeconds: '60' }, 'The body must be'],
  ['POST', 'clock', { advanceSeconds: 60, hours: 1 }, 'The body must be'],
  ['POST', 'faults', { throttle: { 'batch:ListJobs': 7 } }, 'must be a probability between 0 and 1, not 7'],
  ['POST', 'faults', { reclaim: ['i-none'] }, 'i-none is not a live Spot Instance'],
])('bad input to %s %s %j is refused', async (method, path, body, message) => {
  expect(await control(method, path, body)).toEqual({
    status: 400,
    body: { message: expect.stringContaining(message) },
  });
});

test('what there is not is said to be not there', async () => {
  expect(await control('GET', 'clock')).toMatchObject({
    status: 404,
    body: { message: expect.stringContaining('there are POST /_local/clock') },
  });
});

test('a real clock cannot be moved', async () => {
  door.serve(createLocalAws({ clock: 'real' }));
  expect(await control('POST', 'clock', { advanceSeconds: 1 })).toMatchObject({
    status: 400,
    body: { message: expect.stringContaining('The clock is real') },
  });
});

test('before there is anything to serve, clients are told to come again', async () => {
  const early = await HttpDoor.open(0, () => {});
  expect((await fetch(early.url)).status).toBe(503);
  await early.close();
});

test('an error of the local AWS itself is a 500, and told', async () => {
  aws.state = () => {
    throw new Error('broken');
  };
  expect(await control('GET', 'state')).toEqual({
    status: 500,
    body: { __type: 'InternalFailure', message: 'broken' },
  });
  expect(errors).toEqual([expect.objectContaining({ message: 'broken' })]);
});

test('only this machine gets in', () => {
  expect(door.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
});
