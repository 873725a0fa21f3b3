/** The life of data that is multiplied, in which everything happens that needs a right. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import { BatchCluster, ContainerJobDefinition, EbsMount, EfsMount, EfsVolume, SnapshotFanOut } from '../../lib';
import type { LocalAws } from '../../local/local-aws';
import { encrypt } from './customer-key';
import type { Recording } from './recording';

/** Of instances that AWS Batch launches: what their agents need, which is not what is looked at here. */
function hostRole(stack: Stack, id: string): iam.Role {
  const inEcs = (resource: string) => stack.formatArn({ service: 'ecs', resource, resourceName: '*' });
  const role = new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  const allow = (actions: string[], resource: string) =>
    role.addToPolicy(new iam.PolicyStatement({ actions, resources: [resource] }));
  allow(['ecs:DiscoverPollEndpoint'], '*');
  allow(['ecs:RegisterContainerInstance', 'ecs:SubmitTaskStateChange'], inEcs('cluster'));
  allow(['ecs:Poll', 'ecs:StartTelemetrySession'], inEcs('container-instance'));
  return role;
}

function synthesize(): string {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'iam-')) });
  const stack = new Stack(app, 'FanOut');
  encrypt(stack, stack);
  const cluster = new BatchCluster(stack, 'Cluster', { vpc: new ec2.Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
  const fileSystem = cluster.addFileSystem('Files');
  const volume = new EbsMount({ size: Size.gibibytes(10), mountPoint: '/data' });
  const builders = cluster.addManagedCapacity('Builders', {
    maxvCpus: 4,
    instanceTypes: [new ec2.InstanceType('m5.xlarge')],
    instanceRole: hostRole(stack, 'BuilderRole'),
    mounts: [volume, new EfsMount({ fileSystem, mountPoint: '/shared' })],
  });
  const preparing = cluster.addQueue('Preparing', { capacity: [builders] });
  const prepare = new ContainerJobDefinition(stack, 'Prepare', {
    image: ContainerImage.fromRegistry('example/job'),
    vcpus: 4,
    memory: Size.gibibytes(12),
    queues: [preparing],
    mounts: [{ volume: new EfsVolume({ name: 'shared', fileSystem }), containerPath: '/shared' }],
  });
  const fanOut = new SnapshotFanOut(stack, 'Data', { job: prepare, queues: [preparing], volume, keep: 1 });
  const workers = cluster.addManagedCapacity('Workers', {
    maxvCpus: 4,
    instanceTypes: [new ec2.InstanceType('m5.xlarge')],
    instanceRole: hostRole(stack, 'WorkerRole'),
    mounts: [fanOut.mount({ mountPoint: '/data' })],
  });
  const working = cluster.addQueue('Working', { capacity: [workers] });
  const work = new ContainerJobDefinition(stack, 'Work', {
    image: ContainerImage.fromRegistry('example/job'),
    vcpus: 4,
    memory: Size.gibibytes(12),
  });
  new CfnOutput(stack, 'WorkName', { value: work.jobDefinitionName });
  new CfnOutput(stack, 'PreparingQueueName', { value: preparing.jobQueueName });
  new CfnOutput(stack, 'WorkingQueueName', { value: working.jobQueueName });
  new CfnOutput(stack, 'PrepareName', { value: prepare.jobDefinitionName });
  return app.synth().directory;
}

/** Data is prepared twice, used, pruned; a volume is left over; a look fails. */
export async function playFanOut(aws: LocalAws, recording: Recording): Promise<void> {
  const [stack] = await aws.deploy(synthesize());
  recording.noteGrants();
  const { outputs } = stack!;
  const batch = aws.client(BatchClient);
  const { ec2: instances } = aws.services;
  const advance = (seconds: number) => aws.virtualClock!.advance(seconds * 1000);
  const submit = (queue: string, jobDefinition: string) =>
    batch.send(new SubmitJobCommand({ jobName: 'job', jobQueue: outputs[queue], jobDefinition }));
  for (let times = 0; times < 2; times++) {
    await submit('PreparingQueueName', outputs.PrepareName!);
    await advance(1800);
  }
  await submit('WorkingQueueName', outputs.WorkName!);
  await advance(900);
  aws.setFaults({ fail: { 'ec2:AttachVolume': 1 } });
  await submit('WorkingQueueName', outputs.WorkName!);
  await advance(600);
  for (const { instanceId, requester, state } of instances.history()) {
    if (state === 'running' && requester.includes('Workers')) instances.terminate(instanceId, 'lost', 'host-failure');
  }
  aws.setFaults({ fail: { 'ec2:DescribeSnapshots': 1 } });
  await advance(120);
  aws.setFaults({});
  await advance(3600);
  await aws.destroy(['FanOut']);
}
