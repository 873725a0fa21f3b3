/** Requests and messages of people who mean harm, before every function that ships. */
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, ListQueuesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { createLocalAws, type LocalAws } from '../../local/local-aws';
import { Flow, outcomes, synthesize } from '../stack/job-workflow/stage';
import { loadExample } from '../examples/example';
import { HOSTILE, HUGE, isPolluted, POLLUTING } from './hostile-words';

afterEach(() => expect(isPolluted()).toBe(false));

const BODIES = [
  ...Object.values(HOSTILE),
  HUGE,
  POLLUTING,
  '',
  'null',
  '[]',
  '{}',
  '0',
  '"',
  '{"Records":[{}]}',
].filter(Boolean);
/** Members that messages of some function have. */
const MEMBERS = ['jobId', 'wake', 'schedule', 'trigger', 'detail', 'queue', 'run', 'lineage'];
const SHAPED = [HOSTILE['prototype']!, HOSTILE['json']!, HOSTILE['expression']!, HUGE].flatMap((word) =>
  MEMBERS.map((member) => JSON.stringify({ [member]: word, looks: 0, status: word, time: word })),
);

/** What changes something in AWS. The functions' own tables are theirs to write. */
const CHANGES = /^(Submit|Cancel|Terminate|Tag|Create|Delete|Update|Put|Set|Register|Deregister|Attach|Modify|Suspend)/;
const OWN = new Set(['dynamodb:UpdateItem', 'dynamodb:PutItem', 'events:PutEvents']);

describe('whatever is said to it, without a job that is known there,', () => {
  const EXAMPLES = ['ebs-fan-out', 'job-retries', 'job-timeouts', 'nightly', 'parameter-sweep'];
  let aws: LocalAws;
  let changes: string[];

  beforeAll(async () => {
    // After the nightly schedule, which would have its job run.
    aws = createLocalAws({ start: Date.UTC(2026, 0, 1, 6) });
    for (const name of [...EXAMPLES, 'unmanaged-gpu']) {
      await aws.deploy(loadExample(name).synth({ skipValidation: true }).directory);
    }
    await aws.virtualClock!.advance(300_000);
    changes = [];
    aws.calls.onCall(({ functionName, service, operation, outcome }) => {
      if (functionName === undefined || !CHANGES.test(operation) || outcome !== 'ok') return;
      if (!OWN.has(`${service}:${operation}`)) changes.push(`${functionName}: ${service}:${operation}`);
    });
  });
  beforeEach(() => changes.splice(0));

  async function functionNames(): Promise<string[]> {
    const { Functions = [] } = await aws.client(LambdaClient).send(new ListFunctionsCommand({}));
    return Functions.map(({ FunctionName }) => FunctionName!);
  }

  async function invoke(FunctionName: string, payload: string): Promise<void> {
    const Payload = Buffer.from(payload);
    await aws.finish(aws.client(LambdaClient).send(new InvokeCommand({ FunctionName, Payload })));
  }

  test('every kind of function is there', async () => {
    const kinds = ['Ledger', 'Retries', 'Timeouts', 'Sweep', 'ScheduledJobs', 'Autoscaler', 'Lifecycle', 'Reference'];
    const names = await functionNames();
    expect(kinds.filter((kind) => !names.some((name) => name.includes(kind)))).toEqual([]);
  });

  test('no function changes anything for a message that it cannot know', async () => {
    const sqs = aws.client(SQSClient);
    const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
    const sources = QueueUrls.filter((url) => !url.includes('DeadLetters'));
    expect(sources.length).toBeGreaterThanOrEqual(7);
    for (const QueueUrl of sources) {
      for (const MessageBody of [...BODIES, ...SHAPED])
        await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
    }
    await aws.virtualClock!.advance(2400_000);
    // The ledger tells its subscribers and itself, which is SQS, and wakes lineages: neither is a change of AWS Batch.
    expect([...new Set(changes)]).toEqual([]);
    expect([...aws.services.batch.jobs()]).toEqual([]);
    // None is left: each was understood to mean nothing, or is kept for somebody to look at.
    const left = await Promise.all(sources.map((QueueUrl) => count(sqs, QueueUrl)));
    expect(left).toEqual(sources.map(() => 0));
    const kept = await Promise.all(
      QueueUrls.filter((url) => url.includes('DeadLetters')).map((url) => count(sqs, url)),
    );
    expect(Math.max(...kept)).toBeGreaterThan(20);
  });

  test('no function changes anything for a request that it does not understand', async () => {
    const requests = [
      POLLUTING,
      JSON.stringify({ Records: [] }),
      ...['start', 'cancel', 'status', 'backfill'].flatMap((member) =>
        ['shell', 'prototype', 'json']
          .map((kind) => HOSTILE[kind])
          .map((word) => JSON.stringify({ [member]: { runId: word, workflow: word, schedule: word } })),
      ),
    ];
    // What CloudFormation asks is answered to an address that nobody else knows; see stack/ for what it may ask.
    for (const name of (await functionNames()).filter((one) => !one.includes('Lifecycle'))) {
      for (const request of requests) await invoke(name, request);
    }
    expect([...new Set(changes)]).toEqual([]);
  });
});

async function count(sqs: SQSClient, QueueUrl: string): Promise<number> {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    }),
  );
  return Object.values(Attributes).reduce((sum, each) => sum + Number(each), 0);
}

describe('a workflow', () => {
  let assembly: string;
  beforeAll(() => {
    assembly = synthesize(({ add }) => {
      add('First');
    });
  });

  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.deploy(assembly);
  });

  test('takes any text as a key and as parameters, and nothing else comes of it', async () => {
    const words = Object.values(HOSTILE);
    for (const word of words) {
      const parameters = { input: word, ...(JSON.parse('{"__proto__":"x","constructor":"y"}') as object) };
      const runId = await flow.start({ key: word, parameters });
      expect(runId).toMatch(/^flow-[\w-]{1,80}$/);
      expect(await flow.start({ key: word })).toBe(runId);
      expect(outcomes((await flow.end(runId))!)).toEqual({ First: 'SUCCEEDED' });
    }
    expect(flow.jobs()).toHaveLength(words.length);
    for (const { name } of flow.jobs()) expect(name).toMatch(/^[\w-]{1,128}$/);
  });

  test('knows no run that nobody has started, whatever it is called', async () => {
    for (const runId of Object.values(HOSTILE)) {
      await expect(flow.status(runId)).rejects.toThrow('There is no run');
      await expect(flow.cancel(runId, runId)).rejects.toThrow('There is no run');
    }
    expect(flow.jobs()).toEqual([]);
  });
});
