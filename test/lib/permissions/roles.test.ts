/** What every role of the library may do, whichever construct makes it. */
import { App, Duration } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { BatchStack } from '../../../bin/batch-stack';
import { ContainerJobDefinition, ScheduledJob } from '../../../lib';
import { UNSCOPED_ACTIONS } from '../../../lib/permissions/unscoped-actions';
import { actionsOn, SMALL, statements, unmanagedStack } from '../fixture';

const reference = Template.fromStack(new BatchStack(new App(), 'Batch'));

function scheduling(): Template {
  const { stack, queue } = unmanagedStack({ pools: [SMALL] });
  const job = ContainerJobDefinition.fromJobDefinitionName(stack, 'Job', 'job');
  new ScheduledJob(stack, 'Nightly', { job, queue, schedule: ScheduleExpression.rate(Duration.days(1)) });
  return Template.fromStack(stack);
}

// That each of them is needed is shown by npm run test:iam, over the lives of all features.
test('only actions that AWS scopes to nothing are allowed on everything', () => {
  const unscoped = [...statements(reference, ''), ...statements(scheduling(), '')]
    .filter(({ Resource }) => Resource === '*')
    .flatMap(({ Action }) => Action);
  expect(unscoped.length).toBeGreaterThan(5);
  expect(unscoped.filter((action) => !(action in UNSCOPED_ACTIONS))).toEqual([]);
});

test('no action is a wildcard, and no role takes a policy of AWS', () => {
  expect(
    statements(reference, '')
      .flatMap(({ Action }) => Action)
      .filter((action) => action.includes('*')),
  ).toEqual([]);
  for (const { Properties } of Object.values(reference.findResources('AWS::IAM::Role'))) {
    expect(Properties).not.toHaveProperty('ManagedPolicyArns');
  }
});

describe('the instance role', () => {
  const template = Template.fromStack(unmanagedStack({ pools: [SMALL] }).stack);
  const rights = statements(template, 'ClusterCapacityInstanceRole');

  test('serves its own cluster only', () => {
    expect(actionsOn(rights, 'ClusterArn')).toEqual(['ecs:RegisterContainerInstance', 'ecs:SubmitTaskStateChange']);
    expect(actionsOn(rights, ':container-instance/')).toEqual(['ecs:Poll', 'ecs:StartTelemetrySession']);
  });

  test('drains itself where EC2 may take it back', () => {
    const spot = Template.fromStack(unmanagedStack({ pools: [{ ...SMALL, spot: true }] }).stack);
    const role = statements(spot, 'ClusterCapacityInstanceRole');
    expect(actionsOn(role, ':container-instance/')).toContain('ecs:UpdateContainerInstancesState');
  });

  test('pulls images of its account and writes the default log of jobs', () => {
    expect(actionsOn(rights, ':repository/*')).toEqual(['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer']);
    expect(actionsOn(rights, ':log-group:/aws/batch/job:*')).toEqual(['logs:CreateLogStream', 'logs:PutLogEvents']);
  });
});

describe('the lifecycle function', () => {
  const template = Template.fromStack(unmanagedStack({ pools: [SMALL] }).stack);

  test('may empty a group by a policy that goes with the pool', () => {
    const rights = statements(template, 'ClusterCapacityPools');
    expect(rights).toHaveLength(1);
    expect(actionsOn(rights, 'autoScalingGroupName/')).toEqual([
      'autoscaling:SetInstanceProtection',
      'autoscaling:SuspendProcesses',
      'autoscaling:TerminateInstanceInAutoScalingGroup',
      'autoscaling:UpdateAutoScalingGroup',
    ]);
  });

  test('may drain the instances of its cluster, and go on in another invocation', () => {
    const rights = statements(template, 'ClusterCapacityLifecycleDrainingPolicy');
    expect(actionsOn(rights, 'ClusterArn')).toEqual(['ecs:DeregisterContainerInstance', 'ecs:ListContainerInstances']);
    expect(actionsOn(rights, ':container-instance/')).toEqual([
      'ecs:DescribeContainerInstances',
      'ecs:UpdateContainerInstancesState',
    ]);
    expect(actionsOn(rights, 'LifecycleFunction')).toEqual(['lambda:InvokeFunction']);
  });
});
