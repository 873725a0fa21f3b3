import { AgentCalls } from '../../../local/ecs/agent-calls';
import { agentConfig } from '../../../local/ecs/agent-config';
import type { ContainerInstance } from '../../../local/ecs/model';

const INSTANCE_ROLE = 'instance-role';
const EXECUTION_ROLE = 'execution-role';

function agent(setting: string) {
  const made: string[] = [];
  const calls = new AgentCalls(
    { note: (role, service, operation) => made.push(`${role} ${service}:${operation}`) },
    { roleOf: (profile) => (profile === 'profile' ? INSTANCE_ROLE : undefined) },
  );
  const instance = {
    cluster: { arn: 'cluster' },
    containerInstanceArn: 'container-instance',
    host: { instanceProfile: 'profile' },
  } as ContainerInstance;
  calls.registered(instance, agentConfig(`#!/bin/bash\necho ${setting} >> /etc/ecs/ecs.config`));
  return { calls, instance, taken: () => made.splice(0) };
}

const OVERRIDE = 'ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true';
const ECR_IMAGE = '123456789012.dkr.ecr.us-east-1.amazonaws.com/team/tool:1';

test('an agent registers, is told what to do, and reports its health', () => {
  expect(agent('ECS_CLUSTER=jobs').taken()).toEqual([
    'instance-role ecs:DiscoverPollEndpoint',
    'instance-role ecs:RegisterContainerInstance',
    'instance-role ecs:Poll',
    'instance-role ecs:StartTelemetrySession',
  ]);
});

test.each([
  ['the execution role', OVERRIDE, EXECUTION_ROLE, EXECUTION_ROLE],
  ['the instance’s role, unless it is told otherwise', 'ECS_CLUSTER=jobs', EXECUTION_ROLE, INSTANCE_ROLE],
  ['the instance’s role when there is no other', OVERRIDE, undefined, INSTANCE_ROLE],
])('logs are written with %s', (_, setting, executionRoleArn, writer) => {
  const { calls, instance, taken } = agent(setting);
  taken();
  calls.started(instance, 'task', { image: 'busybox', logGroup: 'group', executionRoleArn });
  expect(taken()).toEqual([
    `${writer} logs:CreateLogStream`,
    `${writer} logs:PutLogEvents`,
    'instance-role ecs:SubmitTaskStateChange',
  ]);
});

test.each([
  [EXECUTION_ROLE, EXECUTION_ROLE],
  [undefined, INSTANCE_ROLE],
])('with execution role %s, an image of a registry in AWS is pulled with %s', (executionRoleArn, puller) => {
  const { calls, instance, taken } = agent(OVERRIDE);
  taken();
  calls.started(instance, 'task', { image: ECR_IMAGE, logGroup: 'group', executionRoleArn });
  expect(taken().filter((call) => call.includes(' ecr:'))).toEqual([
    `${puller} ecr:GetAuthorizationToken`,
    `${puller} ecr:BatchGetImage`,
    `${puller} ecr:GetDownloadUrlForLayer`,
  ]);
});
