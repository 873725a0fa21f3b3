/** Job definitions that use everything: of one container and of several, on instances and on Fargate. */
import { Duration, Size, type Stack } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import {
  type BatchCluster,
  type ConcurrencyLimit,
  ContainerJobDefinition,
  EfsVolume,
  type JobContainerOptions,
  JobSecret,
  JobVolume,
  NativeRetries,
  S3FilesVolume,
} from '../../lib';

export function everyDefinition(stack: Stack, cluster: BatchCluster, limit: ConcurrencyLimit): void {
  const secret = new secretsmanager.Secret(stack, 'Password');
  const fileSystem = cluster.addFileSystem('Files');
  const container: JobContainerOptions = {
    image: ecs.ContainerImage.fromRegistry('registry.example.com/job', {
      credentials: new secretsmanager.Secret(stack, 'Registry'),
    }),
    vcpus: 1,
    memory: Size.gibibytes(2),
    command: ['run', 'Ref::input'],
    environment: { LEVEL: 'info' },
    secrets: { PASSWORD: JobSecret.fromSecretsManager(secret) },
    user: '1000:1000',
    privileged: true,
    readonlyRootFilesystem: true,
    ulimits: [{ name: batch.UlimitName.NOFILE, softLimit: 1024, hardLimit: 4096 }],
    linux: {
      initProcess: true,
      sharedMemory: Size.mebibytes(256),
      maxSwap: Size.gibibytes(1),
      swappiness: 10,
      devices: [{ hostPath: '/dev/fuse', containerPath: '/dev/fuse', permissions: [batch.DevicePermission.READ] }],
      tmpfs: [{ containerPath: '/tmp', size: Size.mebibytes(64), mountOptions: [batch.TmpfsMountOption.NOEXEC] }],
    },
    mounts: [
      { volume: JobVolume.host({ name: 'cache', sourcePath: '/mnt/cache' }), containerPath: '/cache', readOnly: true },
      { volume: new EfsVolume({ name: 'shared', fileSystem }), containerPath: '/shared' },
      {
        volume: new S3FilesVolume({
          name: 'bucket',
          fileSystemArn: 'arn:aws:s3files:us-east-1:123456789012:file-system/fs-0123456789abcdef0',
          rootDirectory: '/data',
        }),
        containerPath: '/bucket',
      },
      {
        volume: new S3FilesVolume({
          name: 'others',
          fileSystemArn: 'arn:aws:s3files:us-east-1:123456789012:file-system/fs-0fedcba9876543210',
          accessPointArn:
            'arn:aws:s3files:us-east-1:123456789012:file-system/fs-0fedcba9876543210/access-point/fsap-0123456789abcdef0',
        }),
        containerPath: '/others',
      },
    ],
    logging: ecs.LogDrivers.splunk({
      url: 'https://splunk.example.com',
      secretToken: ecs.Secret.fromSecretsManager(secret),
    }),
  };
  const definition = {
    parameters: { input: 'none' },
    retryAttempts: 5,
    retryStrategies: [batch.RetryStrategy.of(batch.Action.EXIT, batch.Reason.custom({ onExitCode: '2' }))],
    timeout: Duration.hours(2),
    schedulingPriority: 100,
  };
  new ContainerJobDefinition(stack, 'Single', {
    ...container,
    ...definition,
    jobDefinitionName: 'single',
    retryStrategies: NativeRetries.INFRASTRUCTURE,
    consumableResources: [{ resource: limit.consumableResource, quantity: 1 }],
  });
  new ContainerJobDefinition(stack, 'Several', {
    ...container,
    ...definition,
    dependsOn: [{ containerName: 'fetch', condition: ecs.ContainerDependencyCondition.SUCCESS }],
    stopTimeout: Duration.minutes(2),
    additionalContainers: [
      { ...container, name: 'fetch', startTimeout: Duration.minutes(5) },
      {
        ...container,
        name: 'router',
        firelens: { type: ecs.FirelensLogRouterType.FLUENTBIT, options: { 'enable-ecs-log-metadata': 'true' } },
      },
    ],
    ipcMode: ecs.IpcMode.TASK,
    pidMode: ecs.PidMode.TASK,
  });
  const small = { image: container.image, vcpus: 0.5, memory: Size.gibibytes(1) };
  const fargate = {
    assignPublicIp: true,
    platformVersion: ecs.FargatePlatformVersion.VERSION1_4,
    ephemeralStorage: Size.gibibytes(100),
    cpuArchitecture: ecs.CpuArchitecture.ARM64,
    operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
  };
  new ContainerJobDefinition(stack, 'SingleOnFargate', { ...small, fargate });
  new ContainerJobDefinition(stack, 'SeveralOnFargate', {
    ...small,
    fargate,
    additionalContainers: [{ ...small, name: 'beside' }],
  });
}
