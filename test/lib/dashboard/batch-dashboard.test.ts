import { Duration, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import * as sns from 'aws-cdk-lib/aws-sns';
import {
  BatchDashboard,
  CapacityReport,
  CapacityResource,
  ContainerJobDefinition,
  JobLedger,
  JobTimeouts,
  QueueDepthAutoscaler,
  ScheduledJob,
} from '../../../lib';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Size } from 'aws-cdk-lib';
import { clusterStack, unmanagedStack } from '../fixture';

const CPU_POOL = { instanceTypes: [new ec2.InstanceType('m5.large')], maxInstances: 2 };

function imported(stack: Stack): batch.IJobQueue {
  return batch.JobQueue.fromJobQueueArn(stack, 'Theirs', 'arn:aws:batch:us-east-1:123456789012:job-queue/theirs');
}

/** What the only dashboard of a stack shows, as one text. */
function bodyOf(stack: Stack): string {
  const [{ Properties }] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')) as [
    { Properties: unknown },
  ];
  return JSON.stringify(Properties);
}

test('with queues alone it makes a report and a ledger, and shows what there is', () => {
  const { stack, queue } = unmanagedStack({ pools: [CPU_POOL] });
  const { alarms, topic, report } = new BatchDashboard(stack, 'Dashboard', { queues: [queue, queue] });
  const body = bodyOf(stack);
  for (const shown of ['Demand', 'Supply', 'ShortBy', 'JobsRunnable', 'LongestWait', 'Launches']) {
    expect(body).toContain(shown);
  }
  for (const hidden of ['GPU', 'JobRetries', 'JobsTimedOut', 'StartLateness', 'WorkflowRuns']) {
    expect(body).not.toContain(hidden);
  }
  expect(topic).toBe(report.topic);
  // A resource is short; dead letters of report, ledger and autoscaler.
  expect(alarms).toHaveLength(4);
});

test('it takes the report, the ledger and the topic that it is given', () => {
  const { stack, queue } = unmanagedStack({ pools: [CPU_POOL] });
  const report = new CapacityReport(stack, 'Report');
  const ledger = new JobLedger(stack, 'Ledger');
  const topic = new sns.Topic(stack, 'Topic');
  new BatchDashboard(stack, 'Dashboard', { queues: [queue], report, ledger, topic, dashboardName: 'jobs' });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::CloudWatch::Dashboard', { DashboardName: 'jobs' });
  template.resourceCountIs('AWS::DynamoDB::Table', 3);
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')) as {
    Properties: { AlarmActions: unknown[] };
  }[];
  for (const { Properties } of alarms) expect(Properties.AlarmActions).toHaveLength(1);
});

test('of an imported queue it shows GPUs, since there may be some, and the pools of its autoscaler', () => {
  const { stack } = clusterStack();
  const queue = imported(stack);
  const autoscaler = new QueueDepthAutoscaler(stack, 'Autoscaler', {
    computeEnvironment: batch.UnmanagedComputeEnvironment.fromUnmanagedComputeEnvironmentArn(
      stack,
      'TheirEnvironment',
      'arn:aws:batch:us-east-1:123456789012:compute-environment/theirs',
    ),
    pools: [{ ...CPU_POOL, name: 'their-pool', autoScalingGroup: groupOf(stack) }],
    queues: [queue],
  });
  const timeouts = new JobTimeouts(stack, 'Timeouts', { queues: [queue], runnable: Duration.hours(1) });
  new BatchDashboard(stack, 'Dashboard', { queues: [queue], autoscalers: [autoscaler], timeouts: [timeouts] });
  const body = bodyOf(stack);
  for (const shown of ['GPU', 'their-pool', 'JobsPastLimit']) expect(body).toContain(shown);
  expect(body).not.toContain('JobsTimedOut');
});

function groupOf(stack: Stack): autoscaling.IAutoScalingGroup {
  return autoscaling.AutoScalingGroup.fromAutoScalingGroupName(stack, 'TheirGroup', 'their-group');
}

interface Widget {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly properties: {
    readonly title?: string;
    readonly markdown?: string;
    readonly metrics?: readonly (readonly unknown[])[];
  };
}

/** Names that are known at deployment only are told apart by what stands for them. */
function widgetsOf({ dashboard }: BatchDashboard): readonly Widget[] {
  const stack = Stack.of(dashboard);
  const [resource] = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Dashboard')) as {
    Properties: { DashboardBody: { 'Fn::Join': [string, unknown[]] } };
  }[];
  const parts = resource!.Properties.DashboardBody['Fn::Join'][1];
  const text = parts.map((part) =>
    typeof part === 'string' ? part : JSON.stringify(JSON.stringify(part)).slice(1, -1),
  );
  return (JSON.parse(text.join('')) as { widgets: Widget[] }).widgets;
}

test('nothing on it covers anything else, and no two lines of a graph look the same', () => {
  const { stack, cluster, queue } = unmanagedStack({ pools: [CPU_POOL] });
  const more = cluster.addUnmanagedCapacity('More', { pools: [CPU_POOL] });
  const queues = [queue, cluster.addQueue('Other', { capacity: [more] })];
  const widgets = widgetsOf(new BatchDashboard(stack, 'Dashboard', { queues }));
  const cells = widgets.flatMap(({ x, y, width, height }) =>
    Array.from({ length: width * height }, (_, cell) => `${x + (cell % width)} ${y + Math.floor(cell / width)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...widgets.map(({ x, width }) => x + width))).toBe(24);
  for (const { properties } of widgets) {
    expect((properties.title ?? properties.markdown)!.length).toBeGreaterThan(3);
    const lines = (properties.metrics ?? []).map((metric) => metric.at(-1) as { label: string; color: string });
    expect(new Set(lines.map(({ label }) => label)).size).toBe(lines.length);
    expect(new Set(lines.map(({ color }) => color)).size).toBe(lines.length);
  }
});

test('a schedule is late by five minutes, and the flexible window that it has been given', () => {
  const { stack, cluster } = clusterStack();
  const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 4 })] });
  const job = new ContainerJobDefinition(stack, 'Job', {
    image: ContainerImage.fromRegistry('busybox'),
    vcpus: 1,
    memory: Size.gibibytes(2),
    queues: [queue],
  });
  const schedule = scheduler.ScheduleExpression.rate(Duration.hours(1));
  const flexibleWindow = Duration.minutes(10);
  const schedules = [
    new ScheduledJob(stack, 'Punctual', { job, queue, schedule, scheduleName: 'punctual' }),
    new ScheduledJob(stack, 'Flexible', { job, queue, schedule, scheduleName: 'flexible', flexibleWindow }),
  ];
  const { alarms } = new BatchDashboard(stack, 'Dashboard', { queues: [queue], schedules });
  const template = Template.fromStack(stack);
  for (const [name, Threshold] of [['punctual', 300] as const, ['flexible', 900] as const]) {
    const Dimensions = [{ Name: 'Schedule', Value: name }];
    template.hasResourceProperties('AWS::CloudWatch::Alarm', { MetricName: 'StartLateness', Dimensions, Threshold });
  }
  // They share a function, and with it its dead letters.
  expect(new Set(alarms).size).toBe(alarms.length);
});

test('says what is wrong', () => {
  const { stack, capacity } = unmanagedStack({ pools: [CPU_POOL] });
  expect(() => new BatchDashboard(stack, 'None', { queues: [] })).toThrow(
    '[Stack/None] queues is empty; it must be a list of at least one job queue.',
  );
  expect(() => capacity.autoscaler.metricInstances('m5.medium')).toThrow(/pool is "m5.medium".*m5\.large/);
  expect(capacity.autoscaler.metricSupply(CapacityResource.VCPU)).toMatchObject({ metricName: 'Supply' });
});
