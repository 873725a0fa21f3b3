/** An update must not take away what jobs run on, wait in or are remembered by: by CloudFormation's rules of replacement. */
import { fullDiff, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { ConcurrencyPolicy, RetryRule } from '../../lib';
import { deployment, GPU, LARGE, SMALL, type Version } from './deployment';

const LASTING = new Set([
  'AWS::AutoScaling::AutoScalingGroup',
  'AWS::Batch::ComputeEnvironment',
  'AWS::Batch::ConsumableResource',
  'AWS::Batch::JobQueue',
  'AWS::Batch::SchedulingPolicy',
  'AWS::DynamoDB::Table',
  'AWS::EC2::SecurityGroup',
  'AWS::EC2::Subnet',
  'AWS::EC2::VPC',
  'AWS::EFS::AccessPoint',
  'AWS::EFS::FileSystem',
  'AWS::EFS::MountTarget',
  'AWS::IAM::InstanceProfile',
  'AWS::IAM::Role',
  'AWS::Lambda::Function',
  'AWS::Logs::LogGroup',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'AWS::SSM::Parameter',
  'AWS::Scheduler::Schedule',
  'AWS::Scheduler::ScheduleGroup',
]);
const INTERRUPTS = new Set([ResourceImpact.WILL_REPLACE, ResourceImpact.MAY_REPLACE, ResourceImpact.WILL_DESTROY]);

const before = deployment();

/** What an update changes at all, and what of it does not survive. */
function update(version: Version): { changed: string[]; interrupted: string[] } {
  const changed: string[] = [];
  const interrupted: string[] = [];
  fullDiff(before, deployment(version)).resources.forEachDifference((logicalId, difference) => {
    const type = difference.resourceType!;
    changed.push(type);
    if (LASTING.has(type) && INTERRUPTS.has(difference.changeImpact)) {
      interrupted.push(`${logicalId}: ${type} ${difference.changeImpact}`);
    }
  });
  return { changed, interrupted };
}

test('there is one of each kind that has to last', () => {
  const types = new Set(Object.values(before.Resources).map(({ Type }) => Type));
  expect([...LASTING].filter((type) => !types.has(type))).toEqual([]);
});

const UPDATES: readonly [what: string, version: Version, changes: string][] = [
  ['another hour of a schedule', { hour: '5' }, 'AWS::Scheduler::Schedule'],
  ['a schedule that is suspended', { suspended: true }, 'AWS::Scheduler::Schedule'],
  ['another policy of a schedule', { policy: ConcurrencyPolicy.REPLACE }, 'AWS::Scheduler::Schedule'],
  ['one more schedule', { moreSchedules: true }, 'AWS::Scheduler::Schedule'],
  ['a bigger pool', { pools: [{ ...SMALL, maxInstances: 64 }, GPU] }, 'AWS::AutoScaling::AutoScalingGroup'],
  ['one more pool', { pools: [SMALL, GPU, LARGE] }, 'AWS::AutoScaling::AutoScalingGroup'],
  ['pools in another order', { pools: [GPU, SMALL] }, 'AWS::Lambda::Function'],
  ['larger disks', { rootVolumeGiB: 200 }, 'AWS::EC2::LaunchTemplate'],
  ['larger managed environments', { environmentVcpus: 512 }, 'AWS::Batch::ComputeEnvironment'],
  [
    'other managed instances, whose jobs AWS Batch gives a time to end,',
    { managedTypes: ['m6i.xlarge'] },
    'AWS::Batch::ComputeEnvironment',
  ],
  ['a new image', { image: 'example/job:2' }, 'AWS::Batch::JobDefinition'],
  ['a new revision', { jobMemoryGiB: 8 }, 'AWS::Batch::JobDefinition'],
  ['more queues', { moreQueues: ['Urgent', 'Bulk'] }, 'AWS::Batch::JobQueue'],
  ['another priority', { priority: 90 }, 'AWS::Batch::JobQueue'],
  ['other weights of shares', { weight: 2 }, 'AWS::Batch::SchedulingPolicy'],
  ['other rules of retries', { rules: [RetryRule.onOutOfMemory({ memoryFactor: 2 })] }, 'AWS::Lambda::Function'],
  ['another limit of timeouts', { runnableHours: 2 }, 'AWS::Lambda::Function'],
  ['a longer memory of the ledger', { retentionDays: 60 }, 'AWS::Lambda::Function'],
];

test.each(UPDATES)('%s interrupts nothing', (_, version, changes) => {
  const { changed, interrupted } = update(version);
  expect(changed).toContain(changes);
  expect(interrupted).toEqual([]);
});

test('a job that was submitted keeps its definition: old revisions stay registered', () => {
  const definitions = Object.values(before.Resources).filter(({ Type }) => Type === 'AWS::Batch::JobDefinition');
  for (const { Properties } of definitions)
    expect(Properties).toMatchObject({ ResourceRetentionPolicy: { SkipDeregisterOnUpdate: true } });
});

test('no group replaces its instances by itself', () => {
  const groups = Object.values(before.Resources).filter(({ Type }) => Type === 'AWS::AutoScaling::AutoScalingGroup');
  expect(groups).toHaveLength(2);
  const replacing = ({ UpdatePolicy = {} }) => Object.keys(UpdatePolicy).filter((name) => /Update$/.test(name));
  expect(groups.flatMap(replacing)).toEqual([]);
});

test('the comparison sees what would interrupt', () => {
  expect(update({ queueName: 'renamed' }).interrupted).toEqual([
    expect.stringMatching(/^ClusterQueue\w+: AWS::Batch::JobQueue WILL_REPLACE$/),
  ]);
  expect(update({ pools: [GPU] }).interrupted).toContainEqual(
    expect.stringMatching(/AWS::AutoScaling::AutoScalingGroup WILL_DESTROY$/),
  );
});
