import type { StackProps } from 'aws-cdk-lib';
import { ArnFormat, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { UnmanagedCapacity } from '../lib';
import { BatchCluster, BatchDashboard, CapacityReport, ContainerJobDefinition } from '../lib';

export interface BatchStackProps extends StackProps {
  /**
   * An existing network; needs `env` with account and Region.
   *
   * @default - a new one in two zones, with one NAT gateway
   */
  readonly vpcId?: string;

  /**
   * Whether there is a dashboard, with a ledger that tells what it shows of jobs: both cost, also while nothing runs.
   *
   * @default false
   */
  readonly dashboard?: boolean;
}

/** Several instance types of one shape: whichever EC2 has. */
function types(size: string, ...families: string[]): ec2.InstanceType[] {
  return families.map((family) => new ec2.InstanceType(`${family}.${size}`));
}

/** The reference deployment: instances of two sizes and with GPUs, two queues on them, and a job for each kind. */
export class BatchStack extends Stack {
  readonly normalQueue: batch.IJobQueue;
  readonly cpuJob: ContainerJobDefinition;
  private readonly outputs = new Map<string, CfnOutput>();

  constructor(scope: Construct, id: string, props: BatchStackProps = {}) {
    super(scope, id, props);
    const cluster = new BatchCluster(this, 'Cluster', { vpc: this.network(props.vpcId) });
    const instances = cluster.addUnmanagedCapacity('Instances', {
      // Costs are On-Demand dollars an hour in us-east-1, of the dearest type.
      pools: [
        { name: 'small', instanceTypes: types('xlarge', 'm5', 'm6i', 'm7i'), maxInstances: 64, cost: 0.2016 },
        { name: 'large', instanceTypes: types('4xlarge', 'm5', 'm6i', 'm7i'), maxInstances: 128, cost: 0.8064 },
        { name: 'gpu', instanceTypes: types('2xlarge', 'g4dn', 'g5', 'g6'), maxInstances: 64, cost: 1.212 },
      ],
    });
    const normal = cluster.addQueue('Normal', { capacity: [instances], priority: 10 });
    this.normalQueue = normal;
    const urgent = cluster.addQueue('Urgent', { capacity: [instances], priority: 100 });
    const queues = [normal, urgent];
    const report = new CapacityReport(this, 'Shortages', { queues });

    this.cpuJob = new ContainerJobDefinition(this, 'CpuJob', {
      image: ContainerImage.fromRegistry('public.ecr.aws/amazonlinux/amazonlinux:2023'),
      command: ['echo', 'Ref::message'],
      parameters: { message: 'hello from a CPU' },
      vcpus: 1,
      memory: Size.gibibytes(2),
      queues,
    });
    const gpuJob = new ContainerJobDefinition(this, 'GpuJob', {
      image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/ubuntu:24.04'),
      command: ['nvidia-smi'],
      vcpus: 4,
      memory: Size.gibibytes(8),
      gpus: 1,
      queues,
    });

    this.outputQueue('Normal', normal);
    this.outputQueue('Urgent', urgent);
    this.outputCapacity('Instances', instances);
    this.output('CpuJobDefinitionName', this.cpuJob.jobDefinitionName);
    this.output('GpuJobDefinitionName', gpuJob.jobDefinitionName);

    if (props.dashboard) {
      const { dashboard } = new BatchDashboard(this, 'Dashboard', { queues, report });
      this.output('DashboardName', dashboard.dashboardName);
    }
  }

  /** What a step after the deployment is told, by its name. @throws Error for a name that is not there */
  findOutput(name: string): CfnOutput {
    const output = this.outputs.get(name);
    if (!output) throw new Error(`The stack has no output ${name}; it has ${[...this.outputs.keys()].join(', ')}`);
    return output;
  }

  private network(vpcId: string | undefined): ec2.IVpc {
    if (vpcId !== undefined) return ec2.Vpc.fromLookup(this, 'Vpc', { vpcId });
    const vpc = new ec2.Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 });
    // Images of ECR come from S3: through the endpoint they cost nothing.
    vpc.addGatewayEndpoint('S3', { service: ec2.GatewayVpcEndpointAwsService.S3 });
    return vpc;
  }

  private outputQueue(name: string, queue: batch.IJobQueue): void {
    this.output(`${name}QueueName`, queue.jobQueueName);
    this.output(`${name}QueueArn`, queue.jobQueueArn);
  }

  private outputCapacity(name: string, { computeEnvironment, autoscaler, lifecycleFunction }: UnmanagedCapacity): void {
    const { computeEnvironmentArn } = computeEnvironment;
    // The L2's name is CloudFormation's Ref, which is the ARN.
    this.output(
      `${name}EnvironmentName`,
      this.splitArn(computeEnvironmentArn, ArnFormat.SLASH_RESOURCE_NAME).resourceName!,
    );
    this.output(`${name}EnvironmentArn`, computeEnvironmentArn);
    this.output(`${name}AutoscalerFunctionName`, autoscaler.function.functionName);
    this.output(`${name}LifecycleFunctionName`, lifecycleFunction.functionName);
  }

  private output(name: string, value: string): void {
    this.outputs.set(name, new CfnOutput(this, name, { value }));
  }
}
