/** Every app, by the AwsSolutions rules of cdk-nag. */
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { APPS } from './apps';

interface Acknowledgement {
  readonly rule: RegExp;
  /** Of the constructs that the rule may complain of. */
  readonly path: RegExp;
  readonly reason: string;
}

const ACKNOWLEDGED: readonly Acknowledgement[] = [
  {
    rule: /^AwsSolutions-VPC7$/,
    path: /^(\w+\/)+Vpc\//,
    reason: 'Flow logs cost by traffic and are the account’s decision; a network that has them is given by -c vpcId',
  },
  {
    rule: /^AwsSolutions-AS3$/,
    path: /\/Pools\/[\w.-]+\/Group\/ASG$/,
    reason: 'Launches and their failures are told by Auto Scaling’s events and by the autoscaler’s log and metrics',
  },
  {
    rule: /^AwsSolutions-EC26$/,
    path: /\/Pools\/[\w.-]+\/Group\/ASG$/,
    reason:
      'The rule cannot read launch templates through a mixed instances policy; templates.test.ts looks at their volumes',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::\*\]$/,
    path: /\/(Function\/Role|InstanceRole)\/DefaultPolicy\//,
    reason: 'AWS knows no resource for these actions: lib/permissions/unscoped-actions.ts, checked by npm run test:iam',
  },
  {
    rule: /:container-instance\/.+\/\*\]$/,
    path: /\/(DrainingPolicy|InstanceRole\/DefaultPolicy|Autoscaler\/Function\/Role\/DefaultPolicy)\//,
    reason: 'Instances come and go; the pattern holds those of the environment’s own cluster',
  },
  {
    rule: /:autoScalingGroup:\*:autoScalingGroupName\/(<\w+>|their-group)\]$/,
    path: /\/(LifecyclePolicy|Autoscaler\/Function\/Role\/DefaultPolicy)\//,
    reason: 'The id in the group’s ARN is not known to CloudFormation; its name is unique',
  },
  {
    rule: /:consumable-resource\/\*\]$/,
    path: /\/(Autoscaler|Shortages|Report)\/Function\/Role\/DefaultPolicy\//,
    reason: 'Any job may ask for any consumable resource; the right is to read how much of it there is',
  },
  {
    rule: /:ecs:.+:(cluster|container-instance)\/\*\]$/,
    path: /\/(Shortages|Report)\/Function\/Role\/DefaultPolicy\//,
    reason: 'Which clusters stand behind queues, imported ones too, is known at run time only; the rights are to read',
  },
  {
    rule: /:schedule\/[\w-]+\/\*\]$/,
    path: /\/Function\/Role\/DefaultPolicy\//,
    reason: 'The pattern holds the schedules of the stack’s own group, which the function reads',
  },
  {
    rule: /^AwsSolutions-SQS3$/,
    path: /\/DeadLetters\/Resource$/,
    reason: 'It is a dead-letter queue, but of a function, which the rule does not see',
  },
  {
    rule: /:(repository\/\*|log-group:\/aws\/batch\/job:\*)\]$/,
    path: /\/InstanceRole\/DefaultPolicy\//,
    reason: 'Job definitions without an execution role pull any image of the account and log to Batch’s default group',
  },
  {
    rule: /:job\/\*\]$/,
    path: /\/Function\/Role\/DefaultPolicy\//,
    reason: 'A job’s id is not known before it is submitted: it is tagged then, and may have to be ended later',
  },
  {
    rule: /:job-definition\/[\w-]+:\*\]$/,
    path: /\/Function\/Role\/DefaultPolicy\//,
    reason: 'The pattern holds the revisions of one definition, which is submitted in its latest',
  },
  {
    rule: /:(consumable-resource|job-definition)\/\*\]$/,
    path: /\/Retries\/Function\/Role\/DefaultPolicy\//,
    reason:
      'A job is submitted again with whatever definition and resources it had; the queues are those of the construct',
  },
  {
    rule: /\.Arn>\/runs\/\*\]$/,
    path: /\/JobRole\/DefaultPolicy\//,
    reason: 'The pattern holds what the jobs of runs hand on to each other, below a prefix of their bucket',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::(\*|.+:job-definition\/\*)\]$/,
    path: /\/Machine\/Role\/DefaultPolicy\//,
    reason: 'As aws-cdk-lib’s own task and state machine ask for them',
  },
  {
    rule: /^AwsSolutions-SQS3$/,
    path: /\/DeadLetters\/Resource$/,
    reason: 'It is a dead-letter queue itself: of a schedule, which the rule does not know to have one',
  },
  {
    rule: /:(job\/\*|job-definition\/[^\]]*:\*|schedule\/[^\]]*\/\*)\]$/,
    path: /\/ScheduledJobs[^/]*\/Function\/Role\/DefaultPolicy\//,
    reason:
      'The ids of jobs, and the revisions of definitions, are not known before; the schedules are those of the stack’s own group',
  },
  {
    rule: /^AwsSolutions-S1$/,
    path: /^\w+\/Data\//,
    reason: 'Where access logs of a bucket go is the account’s decision',
  },
  {
    rule: /^AwsSolutions-IAM5\[(Action::s3:|Resource::<Data\w+\.Arn>\/\*)/,
    path: /\/JobRole\/DefaultPolicy\//,
    reason: 'What aws-cdk-lib grants on the objects of a bucket, to jobs that an example gives the bucket to',
  },
  {
    rule: /^AwsSolutions-(IAM5|S1|CB4)/,
    path: /^BatchPipeline\/Pipeline\//,
    reason: 'What aws-cdk-lib’s pipelines give their own projects: their artifacts, logs and reports',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::.*(\*|:job-definition\/.+:\*|:job\/\*)\]$/,
    path: /\/SmokeRole\/DefaultPolicy\//,
    reason: 'Any revision of the one definition; the id of the job that it may terminate is not known before',
  },
  {
    rule: /:(cluster|container-instance)\/\*\]$/,
    path: /\/InstanceRole\/DefaultPolicy\//,
    reason: 'AWS Batch names the clusters of the environments that it manages, after the role is made',
  },
  {
    rule: /^AwsSolutions-IAM4\[.*\/AmazonEC2SpotFleetTaggingRole\]$/,
    path: /\/SpotFleetRole\//,
    reason: 'The policy that AWS documents for classic Spot Fleets, and changes with them',
  },
  {
    rule: /:instance\/\*\]$/,
    path: /\/InstanceRole\/DefaultPolicy\//,
    reason: 'The SSM agent tells of its own instance, whose id is not known before: lib/capacity/session-manager.ts',
  },
  {
    rule: /^AwsSolutions-SMG4$/,
    path: /^\w+\/Database\//,
    reason: 'How a password is rotated is the affair of what it opens',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::<Data\w+\.Arn>\/\w+\/\*\]$/,
    path: /\/JobRole\/DefaultPolicy\//,
    reason: 'The objects below one prefix, which come and go',
  },
  {
    rule: /^AwsSolutions-IAM5\[Resource::arn:<AWS::Partition>:ec2:.*:(snapshot|volume|instance)\/\*\]$/,
    path: /\/(Reference\/Function\/Role|Workers\/InstanceRole)\/DefaultPolicy\//,
    reason: 'Volumes and snapshots come and go; conditions on their tags hold the fan-out to its own',
  },
  {
    rule: /:container-instance\/\*\]$/,
    path: /\/Reference\/Function\/Role\/DefaultPolicy\//,
    reason: 'The job may run in any environment of its queues; the right is to read which instance one is',
  },
];

interface Finding {
  readonly rule: string;
  readonly path: string;
}

function findingsIn(scope: IConstruct): Finding[] {
  return new AwsSolutionsChecks()
    .validateScope(scope)
    .violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => ({ rule: ruleName, path: constructPath! })),
    );
}

const findings = new Map(APPS.map(([name, scope]) => [name, findingsIn(scope)]));

function acknowledges({ rule, path }: Acknowledgement, finding: Finding): boolean {
  return rule.test(finding.rule) && path.test(finding.path);
}

test.each(APPS)('in %s cdk-nag finds nothing that is not acknowledged', (name) => {
  const open = findings.get(name)!.filter((finding) => !ACKNOWLEDGED.some((one) => acknowledges(one, finding)));
  expect(open).toEqual([]);
});

test.each(ACKNOWLEDGED)('there is still something to acknowledge: $reason', (one) => {
  expect([...findings.values()].flat().some((finding) => acknowledges(one, finding))).toBe(true);
});
