import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as batch from 'aws-cdk-lib/aws-batch';
import { JobLedger, JobRetries, type JobRetriesProps, RetryRule, RetryScope } from '../../../lib';
import type { RetriesConfig } from '../../../lib/retries/config';
import { parseRetriesConfig } from '../../../lib/retries/config';
import { clusterStack, LARGE, SMALL, statements, actionsOn } from '../fixture';

const ARN = 'arn:aws:batch:us-east-1:123456789012:job-queue/theirs';

function setUp() {
  const { stack, cluster } = clusterStack();
  const capacity = cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL, LARGE] });
  const queue = cluster.addQueue('Queue', { capacity: [capacity] });
  const fargate = cluster.addQueue('Fargate', { capacity: [cluster.addFargateCapacity('F', { maxvCpus: 8 })] });
  const theirs = batch.JobQueue.fromJobQueueArn(stack, 'Theirs', ARN);
  return { stack, queue, fargate, theirs };
}

function configOf(stack: Stack): RetriesConfig {
  const functions = Template.fromStack(stack).findResources('AWS::Lambda::Function', {
    Properties: { Description: Match.stringLikeRegexp('Submits failed') },
  });
  const { CONFIG } = (
    Object.values(functions)[0] as { Properties: { Environment: { Variables: { CONFIG: unknown } } } }
  ).Properties.Environment.Variables;
  const resolved = JSON.stringify(CONFIG, null, 0);
  const parts = (JSON.parse(resolved) as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];
  return parseRetriesConfig(parts.map((part) => (typeof part === 'string' ? part : 'token')).join(''));
}

function retries(props: Partial<JobRetriesProps> = {}) {
  const { stack, queue, ...others } = setUp();
  const construct = new JobRetries(stack, 'Retries', { queues: [queue], rules: [RetryRule.onFailure()], ...props });
  return { stack, queue, construct, ...others };
}

test('the handler is told the queues, how large their instances are, and the rules in their order', () => {
  const { stack } = retries({
    rules: [
      RetryRule.onOutOfMemory({ memoryFactor: 2 }),
      RetryRule.onExitCode([3], { attempts: 1 }),
      RetryRule.onFailure(),
    ],
  });
  const config = configOf(stack);
  expect(config.scope).toBe('OWN_DEFINITIONS');
  expect(config.maxSubmissions).toBe(10);
  // Whatever fits an m5.xlarge fits an m5.4xlarge.
  expect(config.queues).toEqual([{ arn: 'token', shapes: [[16, expect.any(Number), 0]] }]);
  expect(config.queues[0]!.shapes![0]![1]).toBeLessThan(65_536);
  expect(config.rules).toMatchObject([
    { name: 'out of memory', on: { causes: ['OUT_OF_MEMORY'] }, attempts: 5, delaySeconds: 0, memoryFactor: 2 },
    { name: 'exit code 3', on: { exitCodes: [3] }, attempts: 1 },
    {
      name: 'failure',
      on: { causes: ['FAILURE', 'OUT_OF_MEMORY'] },
      attempts: 3,
      delaySeconds: 30,
      maxDelaySeconds: 3600,
    },
  ]);
});

test('an imported queue begins as a dry run, and a queue of the app does not', () => {
  const { stack, queue, theirs } = setUp();
  new JobRetries(stack, 'Retries', { queues: [queue, theirs], rules: [RetryRule.onFailure()] });
  expect(configOf(stack).queues.map(({ dryRun }) => dryRun)).toEqual([undefined, true]);
});

test('a dry run is what the user says it is', () => {
  const { stack, theirs } = setUp();
  new JobRetries(stack, 'Retries', {
    queues: [theirs],
    rules: [RetryRule.onFailure()],
    dryRun: false,
    scope: RetryScope.ALL_JOBS,
  });
  expect(configOf(stack)).toMatchObject({ scope: 'ALL_JOBS', queues: [{ arn: ARN }] });
  expect(configOf(stack).queues[0]!.dryRun).toBeUndefined();
});

test('a fallback queue is covered too', () => {
  const { stack, queue } = setUp();
  const other = new batch.JobQueue(stack, 'Other', { computeEnvironments: queue.computeEnvironments });
  new JobRetries(stack, 'Retries', {
    queues: [queue],
    rules: [RetryRule.onInterruption({ fallbackQueue: other, fallbackAfter: 2 })],
  });
  const { queues, rules } = configOf(stack);
  expect(queues).toHaveLength(2);
  expect(rules[0]).toMatchObject({ fallbackQueueArn: 'token', fallbackAfter: 2 });
});

test('features on the same queues share a ledger', () => {
  const { stack, queue } = setUp();
  const ledger = new JobLedger(stack, 'Ledger');
  const construct = new JobRetries(stack, 'Retries', { queues: [queue], rules: [RetryRule.onFailure()], ledger });
  expect(construct.ledger).toBe(ledger);
  Template.fromStack(stack).resourcePropertiesCountIs(
    'AWS::DynamoDB::Table',
    { TimeToLiveSpecification: Match.anyValue() },
    1,
  );
});

test('it may submit to its queues only', () => {
  const { stack } = retries();
  const all = statements(Template.fromStack(stack), 'RetriesFunction');
  const submitting = all.filter(({ Action }) => [Action].flat().includes('batch:SubmitJob'));
  expect(submitting.some(({ Resource }) => JSON.stringify(Resource).includes('job-queue/'))).toBe(false);
  expect(actionsOn(all, 'ClusterQueue')).toEqual(['batch:SubmitJob']);
});

test('events of its queues can be listened to', () => {
  const { stack, construct } = retries();
  construct.onRetried('Retried');
  construct.onExhausted('Exhausted');
  for (const type of ['Batch Job Retried', 'Batch Job Retries Exhausted']) {
    Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['batch-foreman'], 'detail-type': [type], detail: { jobQueue: [Match.anyValue()] } },
    });
  }
});

describe('refusals', () => {
  test.each<[string, Partial<JobRetriesProps>, string]>([
    ['no rules', { rules: [] }, 'rules is empty; it must be a list of at least one'],
    [
      'two rules for the same',
      { rules: [RetryRule.onFailure(), RetryRule.onFailure({ attempts: 5 })] },
      'rules[1] is for failure; it must be for other failures than rules[0], which holds first',
    ],
    ['a bound below two', { maxSubmissions: 1 }, 'maxSubmissions is 1; it must be a whole number from 2 to 100'],
    [
      'no attempts',
      { rules: [RetryRule.onFailure({ attempts: 0 })] },
      'rules[0].attempts is 0; it must be a whole number from 1 to 100',
    ],
    ['a pause of days', { rules: [RetryRule.onFailure({ delay: Duration.days(2) })] }, 'rules[0].delay is 172800 s'],
    [
      'a longest pause below the first',
      { rules: [RetryRule.onFailure({ delay: Duration.minutes(2), maxDelay: Duration.minutes(1) })] },
      'rules[0].maxDelay is 60 s; it must be a whole number of seconds from 120 to 86400',
    ],
    [
      'shrinking',
      { rules: [RetryRule.onFailure({ memoryFactor: 0.5 })] },
      'rules[0].memoryFactor is 0.5; it must be a number from 1 to 16',
    ],
    ['an exit code that is none', { rules: [RetryRule.onExitCode([256])] }, 'rules[0].exitCodes[0] is 256'],
    ['no exit code', { rules: [RetryRule.onExitCode([])] }, 'rules[0].exitCodes is empty'],
    ['an asterisk in the middle', { rules: [RetryRule.onReason('a*b')] }, 'rules[0].reason is "a*b"'],
    [
      'when to fall back, and not where',
      { rules: [RetryRule.onInterruption({ fallbackAfter: 2 })] },
      'rules[0].fallbackQueue is missing',
    ],
    [
      'a limit below what AWS Batch takes',
      { rules: [RetryRule.onTimeout({ timeoutFactor: 2, maxTimeout: Duration.seconds(30) })] },
      'rules[0].maxTimeout is 30 s',
    ],
    [
      'a part of a MiB',
      { rules: [RetryRule.onOutOfMemory({ memoryFactor: 2, maxMemory: Size.kibibytes(5000) })] },
      'rules[0].maxMemory in MiB',
    ],
  ])('%s', (_, props, message) => {
    expect(() => retries(props)).toThrow(`[Stack/Retries] ${message}`);
  });

  test('growth without a ceiling where it is not known what runs the jobs', () => {
    const { stack, theirs } = setUp();
    const rules = [RetryRule.onFailure(), RetryRule.onOutOfMemory({ memoryFactor: 2 })];
    expect(() => new JobRetries(stack, 'Retries', { queues: [theirs], rules })).toThrow(
      '[Stack/Retries] rules[1].maxMemory is missing; it must be given for queue Stack/Theirs',
    );
    const limited = [RetryRule.onOutOfMemory({ memoryFactor: 2, maxMemory: Size.gibibytes(64) })];
    new JobRetries(stack, 'Limited', { queues: [theirs], rules: limited });
  });

  test('a queue that another construct retries already', () => {
    const { stack, queue } = retries();
    expect(() => new JobRetries(stack, 'Again', { queues: [queue], rules: [RetryRule.onFailure()] })).toThrow(
      'queues is Stack/Cluster/Queue; it must be queues of one JobRetries only, and Stack/Retries has this one',
    );
  });

  test('a fallback from instances to Fargate', () => {
    const { stack, queue, fargate } = setUp();
    const rules = [RetryRule.onInterruption({ fallbackQueue: fargate })];
    expect(() => new JobRetries(stack, 'Retries', { queues: [queue], rules })).toThrow(
      'rules[0].fallbackQueue is Stack/Cluster/Fargate; it must be a queue on EC2, as Stack/Cluster/Queue is',
    );
  });

  test('a fallback to a queue that shares, from one that does not', () => {
    const { stack, queue } = setUp();
    const shared = new batch.JobQueue(stack, 'Shared', {
      computeEnvironments: queue.computeEnvironments,
      schedulingPolicy: new batch.FairshareSchedulingPolicy(stack, 'Policy'),
    });
    const rules = [RetryRule.onInterruption({ fallbackQueue: shared })];
    expect(() => new JobRetries(stack, 'Retries', { queues: [queue], rules })).toThrow(
      'a queue without a scheduling policy',
    );
  });

  test('no queue at all', () => {
    const stack = new Stack(new App(), 'Stack');
    new JobRetries(stack, 'Retries', { rules: [RetryRule.onFailure()] });
    expect(() => Template.fromStack(stack)).toThrow('queues is empty');
  });
});
