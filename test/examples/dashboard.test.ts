/** Nothing on the dashboard stays empty: each of its metrics is one that the functions write, by these very dimensions. */
import { BatchClient, TerminateJobCommand, UpdateJobQueueCommand } from '@aws-sdk/client-batch';
import { CloudWatchClient, DescribeAlarmsCommand, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { LOCAL_JOB, type AttemptInput } from '../../workload/local-job';
import { RunningExample } from './example';

const MINUTE = 60;

interface Widget {
  readonly type: string;
  readonly properties: { readonly metrics?: readonly (readonly unknown[])[]; readonly title?: string };
}

/** As one text. */
function identity(namespace: string, metric: string, dimensions: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(dimensions).sort(([a], [b]) => (a < b ? -1 : 1));
  return [namespace, metric, ...sorted.map(([name, value]) => `${name}=${value}`)].join(' ');
}

function identityOnGraph(metric: readonly unknown[]): string {
  const [namespace, name, ...rest] = metric.filter((member) => typeof member === 'string');
  const dimensions = Object.fromEntries(rest.flatMap((key, at) => (at % 2 === 0 ? [[key, rest[at + 1]!]] : [])));
  return identity(namespace!, name!, dimensions as Record<string, string>);
}

let example: RunningExample;
let widgets: readonly Widget[];

async function submit(queue: 'Training' | 'Reports', play: AttemptInput, gpus = 0): Promise<string> {
  const jobDefinition = example.output(queue === 'Training' ? 'TrainName' : 'ReportName');
  const environment = [{ name: LOCAL_JOB, value: JSON.stringify({ attempts: [play] }) }];
  const resourceRequirements = gpus > 0 ? [{ type: 'GPU' as const, value: String(gpus) }] : undefined;
  const jobQueue = example.output(`${queue}QueueName`);
  return example.submit({ jobQueue, jobDefinition, containerOverrides: { environment, resourceRequirements } });
}

const batch = () => example.aws.client(BatchClient);

async function startWorkflow(key: string): Promise<void> {
  const FunctionName = example.output('WorkflowFunctionName');
  const start = new InvokeCommand({ FunctionName, Payload: JSON.stringify({ start: { key } }) });
  await example.aws.finish(example.aws.client(LambdaClient).send(start));
}

function upload(): void {
  const detail = { bucket: { name: 'uploads' }, object: { key: 'a.csv' } };
  example.aws.services.events.publish({ source: 'aws.s3', detailType: 'Object Created', resources: [], detail });
}

beforeAll(async () => {
  example = await RunningExample.deploy('dashboard');
  // More than the pools hold, of each resource; a job that waits too long, and one that fails for good.
  for (let jobs = 0; jobs < 2; jobs++) await submit('Training', { runSeconds: 30 * MINUTE }, 1);
  for (let jobs = 0; jobs < 4; jobs++) await submit('Training', { runSeconds: 60 * MINUTE });
  // Fargate is full when the schedule comes for the first time: the second time, the first run still waits.
  for (let jobs = 0; jobs < 4; jobs++) await submit('Reports', { runSeconds: 65 * MINUTE });
  await example.advance(75 * MINUTE);
  await submit('Training', { runSeconds: MINUTE, exitCode: 1 });
  await submit('Reports', { runSeconds: MINUTE, exitCode: 1 });
  upload();
  await startWorkflow('succeeds');
  await example.advance(20 * MINUTE);
  await startWorkflow('fails');
  await example.advance(20);
  const jobs = [...example.aws.services.batch.jobs()];
  const first = jobs.find(({ status, name }) => !['SUCCEEDED', 'FAILED'].includes(status) && name.includes('Train'));
  await batch().send(new TerminateJobCommand({ jobId: first!.id, reason: 'a person' }));
  await example.advance(MINUTE);
  // Now nothing can be submitted there.
  await batch().send(new UpdateJobQueueCommand({ jobQueue: example.output('ReportsQueueName'), state: 'DISABLED' }));
  upload();
  await example.advance(65 * MINUTE);
  const DashboardName = example.output('DashboardName');
  const { DashboardBody } = await example.aws.client(CloudWatchClient).send(new GetDashboardCommand({ DashboardName }));
  widgets = (JSON.parse(DashboardBody!) as { widgets: Widget[] }).widgets;
});

test('each metric of the dashboard has been written', () => {
  const written = new Set(
    example.aws.state().metrics.map(({ namespace, metric, dimensions }) => identity(namespace, metric, dimensions)),
  );
  const shown = widgets.flatMap(({ properties }) => (properties.metrics ?? []).map(identityOnGraph));
  expect(shown.length).toBeGreaterThan(50);
  // SQS tells of a queue from its first message on.
  expect(shown.filter((one) => !written.has(one) && !one.includes('DeadLetters'))).toEqual([]);
  expect(shown.filter((one) => written.has(one) && one.includes('DeadLetters'))).toHaveLength(1);
});

test('it shows alarms, resources, jobs, waits, retries, schedules, workflows and dead letters', () => {
  const titles = widgets.map(({ properties }) => properties.title).filter((title) => title !== undefined);
  expect(titles).toEqual([
    'Alarms',
    'vCPUs',
    'Memory',
    'GPUs',
    'Jobs that wait, and those among them that cannot start',
    'Instances that would let them start',
    'Instances by pool',
    'Launches and terminations',
    ...Array.from({ length: 2 }, () => ['By state', 'Ended', 'Waits in RUNNABLE']).flat(),
    'Submitted again, and failed for good',
    'Ended because they took too long',
    'How late schedules start',
    'Runs',
    'Runs',
    'Messages that a function has failed on',
  ]);
});

test('what the graphs tell is what has happened', () => {
  const values = (metric: string, dimensions: Record<string, string>) =>
    example.aws
      .state()
      .metrics.filter(({ namespace }) => namespace === 'BatchForeman')
      .filter((one) => one.metric === metric)
      .filter((one) => Object.entries(dimensions).every(([name, value]) => one.dimensions[name] === value));
  const JobQueue = example.output('TrainingQueueName');
  const greatest = (metric: string, dimensions: Record<string, string>) =>
    Math.max(...values(metric, dimensions).map(({ maximum }) => maximum));
  expect(greatest('Demand', { JobQueue, Resource: 'VCPU' })).toBe(24);
  expect(greatest('Demand', { JobQueue, Resource: 'GPU' })).toBe(2);
  expect(greatest('Supply', { Resource: 'GPU' })).toBe(1);
  expect(greatest('JobsRunning', { JobQueue })).toBe(3);
  expect(greatest('LongestWait', { JobQueue })).toBeGreaterThan(40 * MINUTE);
});

test('the alarms have told the topic', async () => {
  const { MetricAlarms = [] } = await example.aws.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
  expect(MetricAlarms.every(({ AlarmActions = [] }) => AlarmActions.length === 1)).toBe(true);
  const told = example.aws.services.sns
    .sent()
    .map(({ message }) => message)
    .join('\n');
  for (const words of ['a resource is short', 'retries are exhausted', 'refresh could not be', 'Runs of train have']) {
    expect(told).toContain(words);
  }
});
