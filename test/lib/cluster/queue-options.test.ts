import { App, CfnParameter, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as batch from 'aws-cdk-lib/aws-batch';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Function as LambdaFn } from 'aws-cdk-lib/aws-lambda';
import { InstanceClass } from 'aws-cdk-lib/aws-ec2';
import type { QueueOptions } from '../../../lib';
import { JobStatus, QueueEvents, WaitingReason } from '../../../lib';
import { clusterStack, instanceTypes, SMALL } from '../fixture';

function queueStack(options: Partial<QueueOptions> = {}) {
  const { stack, cluster } = clusterStack();
  const capacity = [cluster.addManagedCapacity('Capacity', { maxvCpus: 8 })];
  return { stack, cluster, queue: cluster.addQueue('Queue', { capacity, ...options }) };
}

test('a queue is divided among shares by a policy of its own', () => {
  const { stack } = queueStack({
    fairShare: {
      shares: [{ shareIdentifier: 'ocean', weight: 0.5 }, { shareIdentifier: 'ice*' }],
      shareDecay: Duration.hours(1),
      computeReservation: 20,
    },
  });
  const template = Template.fromStack(stack);
  const [policy] = Object.keys(template.findResources('AWS::Batch::SchedulingPolicy'));
  template.hasResourceProperties('AWS::Batch::SchedulingPolicy', {
    FairsharePolicy: {
      ComputeReservation: 20,
      ShareDecaySeconds: 3600,
      ShareDistribution: [
        { ShareIdentifier: 'ocean', WeightFactor: 0.5 },
        { ShareIdentifier: 'ice*', WeightFactor: 1 },
      ],
    },
  });
  template.hasResourceProperties('AWS::Batch::JobQueue', { SchedulingPolicyArn: { 'Fn::GetAtt': [policy, 'Arn'] } });
});

test('a queue takes a policy that is there', () => {
  const { stack, cluster } = clusterStack();
  const arn = 'arn:aws:batch:us-east-1:123456789012:scheduling-policy/shared';
  const schedulingPolicy = batch.FairshareSchedulingPolicy.fromFairshareSchedulingPolicyArn(stack, 'Shared', arn);
  cluster.addQueue('Queue', { capacity: [cluster.addManagedCapacity('C', { maxvCpus: 8 })], schedulingPolicy });
  Template.fromStack(stack).hasResourceProperties('AWS::Batch::JobQueue', { SchedulingPolicyArn: arn });
});

test('AWS Batch is told how many vCPUs there are to be divided in an unmanaged environment', () => {
  const { stack, cluster } = clusterStack();
  const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
  const [summed, limited, known, unknown] = [
    cluster.addUnmanagedCapacity('Summed', { pools: [SMALL] }),
    cluster.addUnmanagedCapacity('Limited', { pools: [SMALL], maxvCpus: 10 }),
    cluster.addUnmanagedCapacity('Known', { pools: [SMALL], maxvCpus: number }),
    cluster.addUnmanagedCapacity('Unknown', { pools: [{ ...SMALL, maxInstances: number }] }),
  ];
  expect([summed, limited].map(({ unmanagedvCpus }) => unmanagedvCpus)).toEqual([16, 10]);
  cluster.addQueue('Divided', { capacity: [known], fairShare: {} });
  expect(() => cluster.addQueue('Queue', { capacity: [unknown], fairShare: {} })).toThrow(
    '[Stack/Cluster/Queue] capacity is Stack/Cluster/Unknown without maxvCpus; it must be capacity whose vCPUs are known ' +
      'at synthesis, for the queue to be divided. Give the capacity its maxvCpus.',
  );
});

test('a job that holds up a queue is cancelled after the time for its reason', () => {
  const { stack } = queueStack({
    waitingLimits: [
      { reason: WaitingReason.INSUFFICIENT_INSTANCE_CAPACITY, maxTime: Duration.hours(4) },
      { reason: WaitingReason.JOB_RESOURCE_REQUIREMENT, maxTime: Duration.minutes(10) },
    ],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Batch::JobQueue', {
    JobStateTimeLimitActions: [
      {
        Action: 'CANCEL',
        State: 'RUNNABLE',
        Reason: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
        MaxTimeSeconds: 14_400,
      },
      { Action: 'CANCEL', State: 'RUNNABLE', Reason: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT', MaxTimeSeconds: 600 },
    ],
  });
});

test('a queue can be closed', () => {
  Template.fromStack(queueStack({ enabled: false }).stack).hasResourceProperties('AWS::Batch::JobQueue', {
    State: 'DISABLED',
  });
});

test('what is known at deployment only is let through', () => {
  const { stack, cluster } = clusterStack();
  const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
  const text = new CfnParameter(stack, 'Text').valueAsString;
  cluster.addQueue('Queue', {
    capacity: [cluster.addManagedCapacity('Capacity', { maxvCpus: 8 })],
    priority: number,
    jobQueueName: text,
    fairShare: {
      shares: [{ shareIdentifier: text, weight: number }],
      shareDecay: Duration.seconds(number),
      computeReservation: number,
    },
    waitingLimits: [{ reason: WaitingReason.COMPUTE_ENVIRONMENT_MAX_RESOURCE, maxTime: Duration.seconds(number) }],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::Batch::SchedulingPolicy', {
    FairsharePolicy: { ShareDistribution: [{ ShareIdentifier: { Ref: 'Text' }, WeightFactor: { Ref: 'Number' } }] },
  });
});

describe('refused is', () => {
  const reason = WaitingReason.INSUFFICIENT_INSTANCE_CAPACITY;
  const cases: [string, Partial<QueueOptions>, string][] = [
    [
      'a name with a dot',
      { jobQueueName: 'a.b' },
      'jobQueueName is "a.b"; it must be 1 to 128 letters, digits, hyphens and underscores, the first a letter or digit.',
    ],
    [
      'more than a week of memory',
      { fairShare: { shareDecay: Duration.days(8) } },
      'fairShare.shareDecay is 691200 s; it must be a whole number of seconds from 0 to 604800.',
    ],
    [
      'a reservation of everything',
      { fairShare: { computeReservation: 100 } },
      'fairShare.computeReservation is 100; it must be a whole number from 0 to 99.',
    ],
    [
      'a weight of nothing',
      { fairShare: { shares: [{ shareIdentifier: 'a', weight: 0 }] } },
      'fairShare.shares[0].weight is 0; it must be a number from 0.0001 to 999.9999.',
    ],
    [
      'a share with a hyphen',
      { fairShare: { shares: [{ shareIdentifier: 'a-b' }] } },
      'fairShare.shares[0].shareIdentifier is "a-b"; it must be 1 to 255 letters and digits, with or without * at the end.',
    ],
    [
      'a share that another names as well',
      { fairShare: { shares: [{ shareIdentifier: 'a*' }, { shareIdentifier: 'ab' }] } },
      'fairShare.shares[1].shareIdentifier is ab beside a*; it must be one that names no share of another.',
    ],
    [
      'too short a wait',
      { waitingLimits: [{ reason, maxTime: Duration.minutes(9) }] },
      'waitingLimits[0].maxTime is 540 s; it must be a whole number of seconds from 600 to 86400.',
    ],
    [
      'two waits for one reason',
      { waitingLimits: [10, 20].map((minutes) => ({ reason, maxTime: Duration.minutes(minutes) })) },
      'waitingLimits[1].reason is CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY; it must be one that no other limit has.',
    ],
    [
      'two policies',
      {
        fairShare: {},
        schedulingPolicy: new batch.FairshareSchedulingPolicy(new Stack(new App(), 'Other'), 'Policy'),
      },
      'schedulingPolicy is Other/Policy; it must be left out with `fairShare`.',
    ],
  ];
  test.each(cases)('%s', (_, options, message) => {
    expect(() => queueStack(options)).toThrow(expect.objectContaining({ name: 'ValidationError' }));
    expect(() => queueStack(options)).toThrow(`[Stack/Cluster/Queue] ${message}`);
  });

  test('capacity of two architectures', () => {
    const { cluster } = clusterStack();
    const x86 = cluster.addManagedCapacity('X86', { maxvCpus: 8 });
    const arm = cluster.addManagedCapacity('Arm', { maxvCpus: 8, instanceClasses: [InstanceClass.M7G] });
    expect(() => cluster.addQueue('Queue', { capacity: [x86, arm] })).toThrow(
      '[Stack/Cluster/Queue] capacity is X86 (x86_64), Arm (arm64); it must be of one architecture. Make a queue for each.',
    );
  });
});

describe('the events of a queue', () => {
  const imported = (stack: Stack) =>
    batch.JobQueue.fromJobQueueArn(stack, 'Imported', 'arn:aws:batch:us-east-1:123456789012:job-queue/theirs');
  const target = (stack: Stack) => new LambdaFunction(LambdaFn.fromFunctionName(stack, 'Fn', 'fn'));

  test('start what they are to start', () => {
    const { stack, queue } = queueStack();
    const events = QueueEvents.of(queue);
    events.onStateChange('Any', [], { target: target(stack) });
    events.onStateChange('Waiting', [JobStatus.PENDING, JobStatus.RUNNABLE]);
    events.onSuccess('Success');
    events.onFailure('Failure');
    events.onBlocked('Blocked');
    const template = Template.fromStack(stack);
    const jobQueue = [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^ClusterQueue'), 'JobQueueArn'] }];
    for (const status of [Match.absent(), ['PENDING', 'RUNNABLE'], ['SUCCEEDED'], ['FAILED']]) {
      template.hasResourceProperties('AWS::Events::Rule', {
        EventPattern: {
          source: ['aws.batch'],
          'detail-type': ['Batch Job State Change'],
          detail: { jobQueue, status },
        },
      });
    }
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { source: ['aws.batch'], 'detail-type': ['Batch Job Queue Blocked'], detail: { jobQueue } },
    });
  });

  test('are counted, of an imported queue too, by one rule each', () => {
    const { stack } = clusterStack();
    const events = QueueEvents.of(imported(stack));
    const metrics = [events.metricSuccess(), events.metricFailure(), events.metricBlocked(), events.metricFailure()];
    Template.fromStack(stack).resourceCountIs('AWS::Events::Rule', 3);
    for (const metric of metrics) {
      expect(metric.toMetricConfig().metricStat).toMatchObject({
        namespace: 'AWS/Events',
        metricName: 'TriggeredRules',
        statistic: 'Sum',
      });
    }
  });
});

test('instance types of a managed capacity tell its architecture to queues', () => {
  const { cluster } = clusterStack();
  const arm = ['First', 'Second'].map((id) =>
    cluster.addManagedCapacity(id, { maxvCpus: 8, instanceTypes: instanceTypes('m7g.large') }),
  );
  expect(cluster.addQueue('Queue', { capacity: arm }).computeEnvironments).toHaveLength(2);
});
