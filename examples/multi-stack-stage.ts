/**
 * One platform in several stacks, and in several stages: the network, the cluster with its queue, and the jobs of a team,
 * each in a stack of its own. What a job asks for is checked against the queue of the other stack.
 */
import type { StageProps } from 'aws-cdk-lib';
import { App, CfnOutput, Size, Stack, Stage } from 'aws-cdk-lib';
import { InstanceClass, Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { BatchCluster, ContainerJobDefinition } from '../lib';

interface PlatformProps extends StageProps {
  readonly maxvCpus: number;
}

class Platform extends Stage {
  constructor(scope: Construct, id: string, props: PlatformProps) {
    super(scope, id, props);
    const network = new Stack(this, 'Network');
    const vpc = new Vpc(network, 'Vpc', { maxAzs: 2, natGateways: 1 });

    const platform = new Stack(this, 'Platform');
    const cluster = new BatchCluster(platform, 'Cluster', { vpc });
    const instances = cluster.addUnmanagedCapacity('Instances', {
      families: [{ instanceClasses: [InstanceClass.M6I], sizes: 2 }],
      maxvCpus: props.maxvCpus,
    });
    const queue = cluster.addQueue('Queue', { capacity: [instances] });

    const team = new Stack(this, 'Team');
    const job = new ContainerJobDefinition(team, 'Job', {
      image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
      command: ['python', '-c', 'print("hello")'],
      vcpus: 4,
      memory: Size.gibibytes(8),
      queues: [queue],
    });

    new CfnOutput(platform, 'QueueName', { value: queue.jobQueueName });
    new CfnOutput(team, 'JobName', { value: job.jobDefinitionName });
  }
}

export const app = new App();
new Platform(app, 'Staging', { maxvCpus: 32 });
new Platform(app, 'Production', { maxvCpus: 512 });
