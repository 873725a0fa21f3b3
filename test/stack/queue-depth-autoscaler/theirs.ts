/** An unmanaged environment with two queues and an Auto Scaling group, as another stack or a person has made them. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  SuspendProcessesCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobQueuesCommand,
} from '@aws-sdk/client-batch';
import { CreateLaunchTemplateCommand, DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import type { LocalAws } from '../../../local/local-aws';

/** A local AWS, here or in a process of its own, in which time passes by itself. */
type Place = Pick<LocalAws, 'client' | 'virtualClock'>;

export const GROUP = 'their-group';

/** Makes `their-environment`, `their-bulk`, `their-urgent` and `their-group`. */
export async function makeTheirs(aws: Place): Promise<void> {
  const client = aws.client(BatchClient);
  const computeEnvironments = ['their-environment'];
  await client.send(
    new CreateComputeEnvironmentCommand({ computeEnvironmentName: computeEnvironments[0], type: 'UNMANAGED' }),
  );
  const clusterArn = await becomes(aws, async () => {
    const answer = await client.send(new DescribeComputeEnvironmentsCommand({ computeEnvironments }));
    const { status, ecsClusterArn } = answer.computeEnvironments![0]!;
    return status === 'VALID' ? ecsClusterArn : undefined;
  });
  for (const [jobQueueName, priority] of Object.entries({ 'their-bulk': 1, 'their-urgent': 50 })) {
    const computeEnvironmentOrder = [{ computeEnvironment: computeEnvironments[0]!, order: 1 }];
    await client.send(new CreateJobQueueCommand({ jobQueueName, priority, computeEnvironmentOrder }));
    await becomes(aws, async () => {
      const { jobQueues } = await client.send(new DescribeJobQueuesCommand({ jobQueues: [jobQueueName] }));
      return jobQueues![0]!.status === 'VALID' || undefined;
    });
  }
  await makeTheirGroup(aws, clusterArn.slice(clusterArn.lastIndexOf('/') + 1));
}

async function makeTheirGroup(aws: Place, cluster: string): Promise<void> {
  const ec2 = aws.client(EC2Client);
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'their-template',
      LaunchTemplateData: {
        ImageId: 'ami-0123456789abcdef0',
        InstanceType: 'm5.xlarge',
        UserData: Buffer.from(`#!/bin/bash\necho ECS_CLUSTER=${cluster} >> /etc/ecs/ecs.config`).toString('base64'),
      },
    }),
  );
  const client = aws.client(AutoScalingClient);
  await client.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: GROUP,
      MinSize: 0,
      MaxSize: 3,
      NewInstancesProtectedFromScaleIn: true,
      LaunchTemplate: { LaunchTemplateName: 'their-template', Version: '1' },
      VPCZoneIdentifier: Subnets!.map(({ SubnetId }) => SubnetId).join(','),
    }),
  );
  await client.send(new SuspendProcessesCommand({ AutoScalingGroupName: GROUP, ScalingProcesses: ['AZRebalance'] }));
}

async function becomes<T>(aws: Place, look: () => Promise<T | undefined>): Promise<T> {
  for (let looks = 0; looks < 100; looks++) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await (aws.virtualClock?.advance(1000) ?? sleep(100));
  }
  throw new Error('It has not come about');
}
