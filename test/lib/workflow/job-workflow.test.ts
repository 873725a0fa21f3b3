import type { Stack } from 'aws-cdk-lib';
import { Duration, Size, Token } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { ContainerJobDefinition, JobLedger, JobWorkflow, ParameterSweep, RunIf } from '../../../lib';
import type { ContainerJobDefinitionProps, JobWorkflowProps, WorkflowJobProps } from '../../../lib';
import { clusterStack, SMALL, statements } from '../fixture';

function workflowStack(props: JobWorkflowProps = {}) {
  const { stack, cluster } = clusterStack();
  const queue = cluster.addQueue('Queue', { capacity: [cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL] })] });
  const define = (id: string, more: Partial<ContainerJobDefinitionProps> = {}) =>
    new ContainerJobDefinition(stack, id, {
      image: ecs.ContainerImage.fromRegistry('example/job'),
      vcpus: 1,
      memory: Size.gibibytes(2),
      queues: [queue],
      ...more,
    });
  const job = define('Job');
  const workflow = new JobWorkflow(stack, 'Flow', { queue, ...props });
  const add = (name: string, more: Partial<WorkflowJobProps> = {}) => workflow.addJob(name, { job, ...more });
  return { stack, cluster, queue, define, job, workflow, add };
}

/** What the handler is told of each job, by its name. */
function graphOf(stack: Stack): Record<string, Record<string, unknown>> {
  const parameters = Object.values(Template.fromStack(stack).findResources('AWS::SSM::Parameter'));
  const parts = parameters.map(({ Properties }) => {
    const { Value } = Properties as { Value: { 'Fn::Join': [string, (string | object)[]] } | string };
    const text =
      typeof Value === 'string'
        ? Value
        : Value['Fn::Join'][1].map((one) => (typeof one === 'string' ? one : 'TOKEN')).join('');
    return JSON.parse(text) as { position: number; jobs: number; graph: string; job: { name: string } };
  });
  return Object.fromEntries(parts.map(({ job, ...part }) => [job.name, { ...job, ...part }]));
}

test('the handler is told of the jobs in an order that their edges allow', () => {
  const { stack, add } = workflowStack();
  const last = add('Last');
  const first = add('First', { arraySize: 10 });
  const second = add('Second', { arraySize: 10, sequential: true, vcpus: 2, memory: Size.gibibytes(4) });
  first.thenEach(second).then(last, RunIf.EITHER);
  add('CleanUp', { retryAttempts: 3, timeout: Duration.minutes(5), command: ['rm'] }).after(second, RunIf.FAILURE);
  const graph = graphOf(stack);
  expect(graph).toMatchObject({
    First: { position: 0, jobs: 4, arraySize: 10, after: [] },
    Second: {
      position: 1,
      vcpus: 2,
      memoryMiB: 4096,
      sequential: true,
      after: [{ job: 'First', on: 'SUCCESS', each: true }],
    },
    Last: { position: 2, after: [{ job: 'Second', on: 'EITHER' }] },
    CleanUp: {
      position: 3,
      attempts: 3,
      timeoutSeconds: 300,
      command: ['rm'],
      after: [{ job: 'Second', on: 'FAILURE' }],
    },
  });
  expect(new Set(Object.values(graph).map((part) => part.graph)).size).toBe(1);
});

test('a changed graph has another version', () => {
  const versionOf = (vcpus: number) => {
    const { stack, add } = workflowStack();
    add('One', { vcpus });
    return graphOf(stack)['One']!['graph'];
  };
  expect(versionOf(1)).toBe(versionOf(1));
  expect(versionOf(1)).not.toBe(versionOf(2));
});

test('a sweep is an array whose values the job can read', () => {
  const { stack, add } = workflowStack();
  add('Sweep', { sweep: new ParameterSweep({ a: ['1', '2'], b: ['x', 'y', 'z'] }), environment: { MORE: 'm' } });
  expect(graphOf(stack)['Sweep']).toMatchObject({
    arraySize: 6,
    environment: { MORE: 'm', FOREMAN_SWEEP: '{"a":["1","2"],"b":["x","y","z"]}' },
  });
});

test('several workflows share a ledger, which keeps all of their queues', () => {
  const { stack, job, add, queue } = workflowStack();
  const ledger = new JobLedger(stack, 'Shared');
  for (const id of ['A', 'B']) new JobWorkflow(stack, id, { queue, ledger }).addJob('One', { job });
  add('One');
  Template.fromStack(stack).resourceCountIs('AWS::DynamoDB::Table', 3);
});

test('the function may submit to its queues only, and read its own graph', () => {
  const { stack, add } = workflowStack({ workflowName: 'flow' });
  add('One');
  const all = statements(Template.fromStack(stack), 'FlowFunctionRole');
  const of = (action: string) => all.find(({ Action }) => [Action].flat().includes(action))!.Resource;
  expect(JSON.stringify(of('batch:SubmitJob'))).toMatch(/ClusterQueue/);
  expect(JSON.stringify(of('ssm:GetParametersByPath'))).toContain('parameter/batch-foreman/workflows/flow');
});

test('a rule for the ends of runs, and metrics', () => {
  const { stack, add, workflow } = workflowStack({ workflowName: 'flow' });
  add('One');
  workflow.onRunEnd('Ends');
  Template.fromStack(stack).hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['batch-foreman'],
      'detail-type': ['Batch Workflow Run'],
      detail: { workflow: ['flow'] },
    },
  });
  expect([workflow.metricFailed(), workflow.metricSucceeded()].map(({ metricName }) => metricName)).toEqual([
    'WorkflowRunsFailed',
    'WorkflowRunsSucceeded',
  ]);
});

type Case = readonly [string, (bench: ReturnType<typeof workflowStack>) => unknown, string];

test.each<Case>([
  [
    'a cycle',
    ({ add }) => {
      const a = add('A');
      a.then(add('B')).then(add('C')).then(a);
    },
    '[Stack/Flow/A] after(C) is a cycle: A → B → C → A; it must be without cycle.',
  ],
  [
    'itself',
    ({ add }) => {
      const a = add('A');
      a.then(a);
    },
    '[Stack/Flow/A] after(A) is a cycle: A → A; it must be without cycle.',
  ],
  [
    'more than 20 predecessors',
    ({ add }) => {
      const last = add('Last');
      for (let i = 0; i < 21; i++) last.after(add(`J${i}`));
    },
    '[Stack/Flow/Last] after(J20) is the 21. job that it comes after; it must be one of at most 20, which AWS Batch lets a job depend on.',
  ],
  [
    'an edge twice',
    ({ add }) => {
      const a = add('A');
      const b = add('B');
      a.then(b);
      a.then(b, RunIf.FAILURE);
    },
    '[Stack/Flow/B] after(A) is given twice; it must be given once for each job.',
  ],
  [
    'a job of another workflow',
    ({ add, stack, queue, job }) => new JobWorkflow(stack, 'Other', { queue }).addJob('B', { job }).after(add('A')),
    '[Stack/Other/B] after(A) is a job of Stack/Flow; it must be a job of the same workflow, Stack/Other.',
  ],
  [
    'index for index between arrays of different size',
    ({ add }) => add('A', { arraySize: 2 }).thenEach(add('B', { arraySize: 3 })),
    '[Stack/Flow/B] afterEach(A) is of 2 to 3; it must be between arrays of the same size.',
  ],
  [
    'index for index without an array',
    ({ add }) => add('A').thenEach(add('B', { arraySize: 3 })),
    '[Stack/Flow/B] afterEach(A) is of no array to 3; it must be between arrays of the same size.',
  ],
  [
    'an unknown name',
    ({ add, workflow }) => {
      add('A');
      workflow.findJob('B');
    },
    '[Stack/Flow] job is "B"; it must be the name of one that has been added: A.',
  ],
  [
    'no queue',
    ({ stack, job }) => new JobWorkflow(stack, 'Other').addJob('A', { job }),
    '[Stack/Other/A] queue is missing; it must be a job queue, where the workflow has none.',
  ],
  [
    'an array of one',
    ({ add }) => add('A', { arraySize: 1 }),
    '[Stack/Flow/A] arraySize is 1; it must be a whole number from 2 to 10000.',
  ],
  [
    'a sweep of one combination',
    ({ add }) => add('A', { sweep: new ParameterSweep({ a: ['1'] }) }),
    '[Stack/Flow/A] sweep is 1 combinations; it must be 2 to 10000 combinations, as an array job may have children.',
  ],
  [
    'a sweep without values',
    ({ add }) => add('A', { sweep: new ParameterSweep({ a: [] }) }),
    '[Stack/Flow/A] sweep.a is empty; it must be a list of at least one value.',
  ],
  [
    'a sweep of a name that is no variable',
    ({ add }) => add('A', { sweep: new ParameterSweep({ 'a-b': ['1', '2'] }) }),
    '[Stack/Flow/A] sweep is "a-b"; it must be a name of letters, digits and underscores that does not begin with a digit.',
  ],
  [
    'sequential without array',
    ({ add }) => add('A', { sequential: true }),
    '[Stack/Flow/A] sequential is true; it must be given with arraySize or sweep only.',
  ],
  [
    'a variable that is the library’s',
    ({ add }) => add('A', { environment: { FOREMAN_RUN_ID: 'x' } }),
    '[Stack/Flow/A] environment is FOREMAN_RUN_ID; it must be names that do not begin with AWS_BATCH_ or FOREMAN_',
  ],
  [
    'a required parameter that nobody gives',
    ({ define, workflow }) =>
      workflow.addJob('A', { job: define('Asking', { command: ['run', 'Ref::what'], requiredParameters: ['what'] }) }),
    '[Stack/Flow/A] parameters.what is missing; it must be given, since Stack/Asking requires it.',
  ],
  [
    'a job that is too large for its queue by its overrides',
    ({ add }) => add('A', { vcpus: 64 }),
    '[Stack/Job] vcpus is 64; it must be at most 4, the most behind queue Stack/Cluster/Queue.',
  ],
  [
    'a name with blanks',
    ({ add }) => add('my job'),
    '[Stack/Flow/my job] id is "my job"; it must be 1 to 40 letters, digits, hyphens and underscores, the first a letter or digit.',
  ],
  [
    'a name of a workflow with slashes',
    ({ stack }) => new JobWorkflow(stack, 'Other', { workflowName: 'a/b' }),
    '[Stack/Other] workflowName is "a/b"; it must be 1 to 64 letters, digits, hyphens and underscores, the first a letter or digit.',
  ],
  [
    'more than a hundred jobs',
    ({ add }) => {
      for (let i = 0; i <= 100; i++) add(`J${i}`);
    },
    '[Stack/Flow/J100] id is the 101. job; it must be one of at most 100 jobs. Make jobs that differ by their index only an array.',
  ],
])('%s is refused', (_, make, message) => {
  expect(() => make(workflowStack())).toThrow(message);
});

test('a workflow without jobs, and one with a job that is too long to be told, fail at synth', () => {
  const { stack } = workflowStack();
  expect(() => Template.fromStack(stack)).toThrow('jobs is empty; it must be at least one job. Add one with addJob.');
  const long = workflowStack();
  long.add('A', { environment: { LONG: 'x'.repeat(9000) } });
  expect(() => Template.fromStack(long.stack)).toThrow('together at most 8192 bytes');
});

test('what is known at deployment only is let through', () => {
  const { stack, add } = workflowStack();
  add('A', { vcpus: Token.asNumber({ Ref: 'Parameter' }), arraySize: Token.asNumber({ Ref: 'Size' }) }).thenEach(
    add('B', { arraySize: 5 }),
  );
  Template.fromStack(stack);
});
