/** Every property of a definition, in the template as AWS takes it. */
import { App, Duration, Size, Stack, Stage } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { ContainerJobDefinitionProps } from '../../../lib';
import { ContainerJobDefinition, JobSecret, JobStatus, JobVolume, NativeRetries } from '../../../lib';
import { actionsOn, clusterStack, SMALL, statements, unmanagedStack } from '../fixture';

const JOB: ContainerJobDefinitionProps = {
  image: ecs.ContainerImage.fromRegistry('example/job'),
  vcpus: 1,
  memory: Size.gibibytes(2),
};
const DEFINITION = 'AWS::Batch::JobDefinition';

function synthesized(props: Partial<ContainerJobDefinitionProps>): Template {
  const { stack } = clusterStack();
  new ContainerJobDefinition(stack, 'Job', { ...JOB, ...props });
  return Template.fromStack(stack);
}

test('one container: what the kernel gives it, who it runs as, and what it mounts', () => {
  synthesized({
    user: '1000:1000',
    privileged: true,
    readonlyRootFilesystem: true,
    ulimits: [{ name: batch.UlimitName.NOFILE, softLimit: 1024, hardLimit: 4096 }],
    linux: {
      initProcess: true,
      sharedMemory: Size.mebibytes(256),
      maxSwap: Size.gibibytes(1),
      swappiness: 10,
      devices: [{ hostPath: '/dev/fuse', permissions: [batch.DevicePermission.READ] }],
      tmpfs: [{ containerPath: '/tmp', size: Size.mebibytes(64), mountOptions: [batch.TmpfsMountOption.NOEXEC] }],
    },
    mounts: [
      { volume: JobVolume.host({ name: 'cache', sourcePath: '/mnt/cache' }), containerPath: '/cache', readOnly: true },
      { volume: JobVolume.scratch('scratch'), containerPath: '/scratch' },
    ],
  }).hasResourceProperties(DEFINITION, {
    ContainerProperties: {
      User: '1000:1000',
      Privileged: true,
      ReadonlyRootFilesystem: true,
      Ulimits: [{ Name: 'nofile', SoftLimit: 1024, HardLimit: 4096 }],
      LinuxParameters: {
        InitProcessEnabled: true,
        SharedMemorySize: 256,
        MaxSwap: 1024,
        Swappiness: 10,
        Devices: [{ HostPath: '/dev/fuse', Permissions: ['read'] }],
        Tmpfs: [{ ContainerPath: '/tmp', Size: 64, MountOptions: ['noexec'] }],
      },
      Volumes: [{ Name: 'cache', Host: { SourcePath: '/mnt/cache' } }, { Name: 'scratch' }],
      MountPoints: [
        { SourceVolume: 'cache', ContainerPath: '/cache', ReadOnly: true },
        { SourceVolume: 'scratch', ContainerPath: '/scratch', ReadOnly: false },
      ],
    },
  });
});

test('retries by cause, timeout, priority, consumable resources', () => {
  const { stack } = clusterStack();
  const resource = new batch.CfnConsumableResource(stack, 'Licences', {
    resourceType: 'REPLENISHABLE',
    totalQuantity: 8,
  });
  new ContainerJobDefinition(stack, 'Job', {
    ...JOB,
    retryAttempts: 5,
    retryStrategies: NativeRetries.INFRASTRUCTURE,
    timeout: Duration.hours(2),
    schedulingPriority: 100,
    consumableResources: [{ resource, quantity: 2 }],
    propagateTags: false,
    skipDeregisterOnUpdate: false,
  });
  Template.fromStack(stack).hasResourceProperties(DEFINITION, {
    RetryStrategy: {
      Attempts: 5,
      EvaluateOnExit: [
        { Action: 'RETRY', OnStatusReason: 'Host EC2*' },
        { Action: 'RETRY', OnStatusReason: 'Your Spot Task was interrupted*' },
        { Action: 'RETRY', OnReason: 'CannotPull*' },
        { Action: 'EXIT', OnReason: '*' },
      ],
    },
    Timeout: { AttemptDurationSeconds: 7200 },
    SchedulingPriority: 100,
    ConsumableResourceProperties: { ConsumableResourceList: [{ Quantity: 2 }] },
    PropagateTags: false,
    ResourceRetentionPolicy: { SkipDeregisterOnUpdate: false },
  });
});

test('several containers: the main one waits for those that it depends on', () => {
  const volume = JobVolume.scratch('shared');
  synthesized({
    command: ['train', 'Ref::input'],
    requiredParameters: ['input'],
    mounts: [{ volume, containerPath: '/data', readOnly: true }],
    dependsOn: [{ containerName: 'fetch', condition: ecs.ContainerDependencyCondition.SUCCESS }],
    stopTimeout: Duration.minutes(2),
    additionalContainers: [
      {
        ...JOB,
        name: 'fetch',
        command: ['fetch', 'Ref::input'],
        startTimeout: Duration.minutes(5),
        mounts: [{ volume, containerPath: '/data' }],
      },
      { ...JOB, name: 'router', firelens: { type: ecs.FirelensLogRouterType.FLUENTBIT }, essential: true },
    ],
    ipcMode: ecs.IpcMode.TASK,
    pidMode: ecs.PidMode.TASK,
  }).hasResourceProperties(DEFINITION, {
    ContainerProperties: Match.absent(),
    EcsProperties: {
      TaskProperties: [
        {
          IpcMode: 'task',
          PidMode: 'task',
          Volumes: [{ Name: 'shared' }],
          Containers: [
            {
              Name: 'main',
              Essential: true,
              DependsOn: [{ ContainerName: 'fetch', Condition: 'SUCCESS' }],
              StopTimeout: 120,
              MountPoints: [{ SourceVolume: 'shared', ContainerPath: '/data', ReadOnly: true }],
            },
            { Name: 'fetch', Essential: false, StartTimeout: 300 },
            { Name: 'router', Essential: true, FirelensConfiguration: { Type: 'fluentbit' } },
          ],
        },
      ],
    },
  });
});

test.each([
  ['one container', {}, 'ContainerProperties'],
  [
    'several',
    {
      vcpus: 0.5,
      memory: Size.gibibytes(1),
      additionalContainers: [{ ...JOB, vcpus: 0.5, memory: Size.gibibytes(1), name: 'beside' }],
    },
    'EcsProperties',
  ],
])('Fargate with %s: network, disk, platform', (_, props, member) => {
  const template = synthesized({
    ...props,
    fargate: {
      assignPublicIp: true,
      platformVersion: ecs.FargatePlatformVersion.VERSION1_4,
      ephemeralStorage: Size.gibibytes(100),
      cpuArchitecture: ecs.CpuArchitecture.ARM64,
      operatingSystemFamily: ecs.OperatingSystemFamily.LINUX,
    },
  });
  const shared = {
    NetworkConfiguration: { AssignPublicIp: 'ENABLED' },
    EphemeralStorage: { SizeInGiB: 100 },
    RuntimePlatform: { CpuArchitecture: 'ARM64', OperatingSystemFamily: 'LINUX' },
  };
  template.hasResourceProperties(DEFINITION, {
    PlatformCapabilities: ['FARGATE'],
    [member]:
      member === 'EcsProperties'
        ? { TaskProperties: [{ ...shared, PlatformVersion: '1.4.0' }] }
        : { ...shared, FargatePlatformConfiguration: { PlatformVersion: '1.4.0' } },
  });
});

describe('secrets and private images', () => {
  const { stack } = clusterStack();
  const encryptionKey = new kms.Key(stack, 'Key');
  const secret = new secretsmanager.Secret(stack, 'Secret', { encryptionKey });
  const byName = secretsmanager.Secret.fromSecretNameV2(stack, 'ByName', 'theirs');
  const registry = new secretsmanager.Secret(stack, 'Registry');
  const parameter = ssm.StringParameter.fromSecureStringParameterAttributes(stack, 'Parameter', {
    parameterName: '/app/token',
    encryptionKey,
  });
  new ContainerJobDefinition(stack, 'Job', {
    ...JOB,
    image: ecs.ContainerImage.fromRegistry('registry.example.com/job', { credentials: registry }),
    secrets: {
      PASSWORD: JobSecret.fromSecretsManager(secret, { field: 'password', versionStage: 'AWSPREVIOUS' }),
      WHOLE: JobSecret.fromSecretsManager(byName),
      TOKEN: JobSecret.fromSsmParameter(parameter),
    },
  });
  const template = Template.fromStack(stack);
  const rights = statements(template, 'JobExecutionRole');

  test('the definition has their places only', () => {
    template.hasResourceProperties(DEFINITION, {
      ContainerProperties: {
        RepositoryCredentials: { CredentialsParameter: { Ref: Match.stringLikeRegexp('^Registry') } },
        Secrets: [
          { Name: 'PASSWORD', ValueFrom: { 'Fn::Join': ['', [Match.anyValue(), ':password:AWSPREVIOUS:']] } },
          { Name: 'WHOLE' },
          { Name: 'TOKEN' },
        ],
      },
    });
  });

  test('the execution role reads them, and decrypts for the two services only', () => {
    expect(actionsOn(rights, '"Secret')).toEqual(['secretsmanager:GetSecretValue']);
    expect(actionsOn(rights, 'theirs-??????')).toEqual(['secretsmanager:GetSecretValue']);
    expect(actionsOn(rights, '"Registry')).toContain('secretsmanager:GetSecretValue');
    expect(actionsOn(rights, 'parameter/app/token')).toEqual(['ssm:GetParameters']);
    const decrypt = rights.filter(({ Action }) => Action === 'kms:Decrypt');
    expect(decrypt).toHaveLength(2);
    for (const { Condition } of decrypt) expect(JSON.stringify(Condition)).toContain('kms:ViaService');
  });

  test('the job role does not', () => {
    expect(statements(template, 'JobJobRole')).toEqual([]);
  });
});

test('the log group keeps what it is told to, under a key of its own', () => {
  const { stack } = clusterStack();
  const logEncryptionKey = new kms.Key(stack, 'Key');
  new ContainerJobDefinition(stack, 'Job', { ...JOB, logRetention: logs.RetentionDays.ONE_WEEK, logEncryptionKey });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Logs::LogGroup', { RetentionInDays: 7, KmsKeyId: Match.anyValue() });
  template.hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({ Condition: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': Match.anyValue() } } }),
      ]),
    },
  });
});

test('roles and log group can be given', () => {
  const { stack } = clusterStack();
  const role = (id: string) =>
    new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ecs-tasks.amazonaws.com') });
  const job = new ContainerJobDefinition(stack, 'Job', {
    ...JOB,
    jobRole: role('Work'),
    executionRole: role('Start'),
    logGroup: new logs.LogGroup(stack, 'Log'),
    logging: ecs.LogDrivers.journald({ tag: 'job' }),
  });
  expect(job.jobRole.node.id).toBe('Work');
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Logs::LogGroup', 1);
  template.resourceCountIs('AWS::IAM::Role', 2);
  template.hasResourceProperties(DEFINITION, { ContainerProperties: { LogConfiguration: { LogDriver: 'journald' } } });
});

test('retry strategies can be added, up to five', () => {
  const { stack } = clusterStack();
  const job = new ContainerJobDefinition(stack, 'Job', {
    ...JOB,
    retryAttempts: 2,
    retryStrategies: NativeRetries.INFRASTRUCTURE,
  });
  const rule = batch.RetryStrategy.of(batch.Action.EXIT, batch.Reason.custom({ onExitCode: '7' }));
  job.addRetryStrategy(rule);
  expect(() => job.addRetryStrategy(rule)).toThrow(
    '[Stack/Job] retryStrategies is a list of 6; it must be a list of at most 5.',
  );
  Template.fromStack(stack).hasResourceProperties(DEFINITION, {
    RetryStrategy: { EvaluateOnExit: Match.arrayWith([{ Action: 'EXIT', OnExitCode: '7' }]) },
  });
});

describe('whoever is let submit', () => {
  test('may submit every revision, to one queue, with what the job consumes', () => {
    const { stack, queue } = unmanagedStack({ pools: [SMALL] });
    const resource = new batch.CfnConsumableResource(stack, 'Licences', {
      resourceType: 'REPLENISHABLE',
      totalQuantity: 8,
    });
    const job = new ContainerJobDefinition(stack, 'Job', { ...JOB, consumableResources: [{ resource, quantity: 1 }] });
    const user = new iam.User(stack, 'User');
    job.grantSubmit(user, queue);
    const [statement] = statements(Template.fromStack(stack), 'User');
    expect(statement!.Action).toBe('batch:SubmitJob');
    const resources = (statement!.Resource as unknown[]).map((one) => JSON.stringify(one));
    expect(resources).toEqual([
      expect.stringContaining('ClusterQueue'),
      expect.stringContaining(':job-definition/Stack-Job"'),
      expect.stringContaining(':job-definition/Stack-Job:*"'),
      expect.stringContaining('Licences'),
    ]);
  });

  test('is not given a queue that can never run the job', () => {
    const { stack, queue, cluster } = unmanagedStack({ pools: [SMALL] });
    const user = new iam.User(stack, 'User');
    const large = new ContainerJobDefinition(stack, 'Large', { ...JOB, vcpus: 64 });
    expect(() => large.grantSubmit(user, queue)).toThrow(
      '[Stack/Large] vcpus is 64; it must be at most 4, the most behind queue Stack/Cluster/Queue.',
    );
    const fargate = cluster.addQueue('Fargate', {
      capacity: [cluster.addFargateCapacity('Capacity2', { maxvCpus: 4 })],
    });
    expect(() => large.grantSubmit(user, fargate)).toThrow(
      '[Stack/Large] queue is Stack/Cluster/Fargate; it must be one on EC2, as this job is.',
    );
  });
});

describe('imported', () => {
  const { stack } = clusterStack();
  const arn = 'arn:aws:batch:eu-west-1:111122223333:job-definition/theirs:3';
  const byArn = ContainerJobDefinition.fromJobDefinitionArn(stack, 'ByArn', arn);
  const byName = ContainerJobDefinition.fromJobDefinitionName(stack, 'ByName', 'ours');

  test('by ARN they keep revision, account and Region', () => {
    expect(byArn).toMatchObject({ jobDefinitionArn: arn, jobDefinitionName: 'theirs' });
    expect(byArn.env).toMatchObject({ account: '111122223333', region: 'eu-west-1' });
  });

  test('by name they are the latest of this account and Region', () => {
    expect(byName.jobDefinitionName).toBe('ours');
    expect(JSON.stringify(stack.resolve(byName.jobDefinitionArn))).toMatch(/:job-definition\/ours"/);
  });

  test('they have grants and events too', () => {
    const user = new iam.User(stack, 'User');
    byArn.grantSubmit(
      user,
      batch.JobQueue.fromJobQueueArn(stack, 'Q', 'arn:aws:batch:eu-west-1:111122223333:job-queue/q'),
    );
    byArn.onFailure('Failed');
    const template = Template.fromStack(stack);
    expect(actionsOn(statements(template, 'User'), 'job-definition/theirs:*')).toEqual(['batch:SubmitJob']);
    template.resourceCountIs('AWS::Events::Rule', 1);
  });
});

test('events and counts are of every revision', () => {
  const { stack } = clusterStack();
  const job = new ContainerJobDefinition(stack, 'Job', JOB);
  job.onStateChange('Waits', [JobStatus.RUNNABLE, JobStatus.STARTING]);
  const metrics = [job.metricFailure(), job.metricFailure(), job.metricSuccess()];
  expect(metrics.map(({ namespace, metricName }) => `${namespace} ${metricName}`)).toEqual(
    Array(3).fill('AWS/Events TriggeredRules'),
  );
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::Events::Rule', 3);
  for (const status of [['RUNNABLE', 'STARTING'], ['FAILED'], ['SUCCEEDED']]) {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.batch'],
        'detail-type': ['Batch Job State Change'],
        detail: {
          status,
          jobDefinition: [
            { prefix: { 'Fn::Join': ['', Match.arrayWith([Match.stringLikeRegexp(':job-definition/Stack-Job:$')])] } },
          ],
        },
      },
    });
  }
});

describe('the network of a job', () => {
  test('is that of the capacity behind its queues', () => {
    const { stack, queue, capacity } = unmanagedStack({ pools: [SMALL] });
    const job = new ContainerJobDefinition(stack, 'Job', { ...JOB, queues: [queue] });
    expect(job.connections.securityGroups).toEqual(capacity.connections.securityGroups);
    job.connections.allowToAnyIpv4(ec2.Port.tcp(5432));
  });

  test('is not known without queues', () => {
    const { stack } = clusterStack();
    const job = new ContainerJobDefinition(stack, 'Job', JOB);
    expect(() => job.connections).toThrow(
      '[Stack/Job] queues is missing; it must be queues on capacity of this library',
    );
  });
});

test('in a stage, stacks of different names have definitions of different names', () => {
  const app = new App();
  const names = ['Test', 'Production'].map((stage) => {
    const stack = new Stack(new Stage(app, stage), 'Jobs');
    return new ContainerJobDefinition(stack, 'Job', JOB).jobDefinitionName;
  });
  expect(names).toEqual(['Test-Jobs-Job', 'Production-Jobs-Job']);
});
