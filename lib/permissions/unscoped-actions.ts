import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * Every action that a role of this library is allowed on all resources, each because AWS knows no resource to name.
 *
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
 */
export const UNSCOPED_ACTIONS = {
  'autoscaling:DescribeAutoScalingGroups': 'Describe actions of Auto Scaling have no resource type',
  'autoscaling:DescribeScalingActivities': 'Describe actions of Auto Scaling have no resource type',
  'batch:DescribeComputeEnvironments': 'Describe actions of Batch have no resource type',
  'batch:DescribeJobDefinitions': 'Describe actions of Batch have no resource type',
  'batch:DescribeJobQueues': 'Describe actions of Batch have no resource type',
  'batch:DescribeJobs': 'Describe actions of Batch have no resource type',
  'batch:ListJobs': 'ListJobs has no resource type, though it names a queue',
  'ec2:DescribeInstanceTypes': 'Describe actions of EC2 have no resource type',
  'ec2:DescribeInstances': 'Describe actions of EC2 have no resource type',
  'ec2:DescribeLaunchTemplateVersions': 'Describe actions of EC2 have no resource type',
  'ec2:DescribeSnapshots': 'Describe actions of EC2 have no resource type',
  'ec2:DescribeVolumes': 'Describe actions of EC2 have no resource type',
  'ecr:GetAuthorizationToken': 'the token is for the registry, not for a repository',
  'scheduler:ListSchedules': 'ListSchedules has no resource type, though it names a group',
  'ecs:DiscoverPollEndpoint': 'the endpoint is for the Region, not for a cluster',
} as const;

export type UnscopedAction = keyof typeof UNSCOPED_ACTIONS;

/** Allows actions that AWS authorizes on `*` only. */
export function allowUnscoped(...actions: UnscopedAction[]): PolicyStatement {
  return new PolicyStatement({ actions, resources: ['*'] });
}
