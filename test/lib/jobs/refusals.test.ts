/** What AWS refuses at deployment or ignores at run time is told at synth: path, property, value, what is allowed. */
import { CfnParameter, Duration, Size, Token } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import * as secretsmanager from 'aws-cdk-lib/aws-secretsmanager';
import type { ContainerJobDefinitionProps } from '../../../lib';
import { ContainerJobDefinition, JobSecret, JobVolume } from '../../../lib';
import { clusterStack } from '../fixture';

const JOB: ContainerJobDefinitionProps = {
  image: ecs.ContainerImage.fromRegistry('example/job'),
  vcpus: 1,
  memory: Size.gibibytes(2),
};
const { stack } = clusterStack();
const { SUCCESS, HEALTHY } = ecs.ContainerDependencyCondition;
const secret = JobSecret.fromSecretsManager(new secretsmanager.Secret(stack, 'Secret'));
const licences = new batch.CfnConsumableResource(stack, 'Licences', {
  resourceType: 'REPLENISHABLE',
  totalQuantity: 8,
});
const exit = (on: batch.CustomReason) => batch.RetryStrategy.of(batch.Action.EXIT, batch.Reason.custom(on));
const nofile = (softLimit: number, hardLimit: number) => ({ name: batch.UlimitName.NOFILE, softLimit, hardLimit });
const fargate = {};
const host = JobVolume.host({ name: 'data', sourcePath: '/data' });
const beside = { ...JOB, name: 'beside' };

const CASES: readonly (readonly [string, Partial<ContainerJobDefinitionProps>, string])[] = [
  [
    'a timeout under a minute',
    { timeout: Duration.seconds(5) },
    'timeout is 5 s; it must be a whole number of seconds of at least 60.',
  ],
  ['no attempt', { retryAttempts: 0 }, 'retryAttempts is 0; it must be a whole number from 1 to 10.'],
  ['too many attempts', { retryAttempts: 50 }, 'retryAttempts is 50; it must be a whole number from 1 to 10.'],
  [
    'rules without attempts',
    { retryStrategies: [exit({ onExitCode: '1' })] },
    'retryAttempts is missing; it must be a whole number from 1 to 10 where there are retryStrategies.',
  ],
  [
    'six rules',
    { retryAttempts: 2, retryStrategies: Array(6).fill(exit({ onExitCode: '1' })) },
    'retryStrategies is a list of 6; it must be a list of at most 5.',
  ],
  [
    'a rule of no condition',
    { retryAttempts: 2, retryStrategies: [exit({})] },
    'retryStrategies[0].on is empty; it must be at least one of onExitCode, onReason and onStatusReason.',
  ],
  [
    'an exit code that is no number',
    { retryAttempts: 2, retryStrategies: [exit({ onExitCode: 'one' })] },
    'retryStrategies[0].on.onExitCode is "one"; it must be digits, with an asterisk at most as the last character, of at most 512 characters.',
  ],
  [
    'an asterisk in the middle',
    { retryAttempts: 2, retryStrategies: [exit({ onReason: 'a*b' })] },
    'retryStrategies[0].on.onReason is "a*b"; it must be text with an asterisk at most as its last character, of at most 512 characters.',
  ],
  [
    'a long pattern',
    { retryAttempts: 2, retryStrategies: [exit({ onStatusReason: 'a'.repeat(513) })] },
    `retryStrategies[0].on.onStatusReason is "${'a'.repeat(513)}"; it must be text`,
  ],
  [
    'a priority over the highest',
    { schedulingPriority: 10_000 },
    'schedulingPriority is 10000; it must be a whole number from 0 to 9999.',
  ],
  [
    'a name with blanks',
    { jobDefinitionName: 'my job' },
    'jobDefinitionName is "my job"; it must be 1 to 128 letters, digits, hyphens and underscores, the first a letter or digit.',
  ],
  [
    'a long name',
    { jobDefinitionName: 'a'.repeat(129) },
    `jobDefinitionName is "${'a'.repeat(129)}"; it must be 1 to 128 letters`,
  ],
  [
    'six consumable resources',
    { consumableResources: Array(6).fill({ resource: licences, quantity: 1 }) },
    'consumableResources is a list of 6; it must be a list of at most 5.',
  ],
  [
    'one twice',
    { consumableResources: Array(2).fill({ resource: licences, quantity: 1 }) },
    'consumableResources[1] is Stack/Licences; it must be given once.',
  ],
  [
    'none of one',
    { consumableResources: [{ resource: licences, quantity: 0 }] },
    'consumableResources[0].quantity is 0; it must be a whole number of at least 1.',
  ],
  [
    'more than there is',
    { consumableResources: [{ resource: licences, quantity: 9 }] },
    'consumableResources[0].quantity is 9; it must be at most 8, which is all that Stack/Licences has.',
  ],
  [
    'a required parameter with a default',
    { command: ['Ref::a'], parameters: { a: '1' }, requiredParameters: ['a'] },
    'requiredParameters is a; it must be a parameter that has no default in `parameters`.',
  ],
  [
    'a required parameter that nothing uses',
    { requiredParameters: ['a'] },
    'requiredParameters is a; it must be a parameter that a command refers to as Ref::a.',
  ],
  [
    'an undeclared parameter of another container',
    { additionalContainers: [{ ...beside, command: ['Ref::a'] }] },
    'additionalContainers[0].command[0] is Ref::a; it must be plain text.',
  ],
  [
    "a secret of one of Batch's own names",
    { secrets: { AWS_BATCH_TOKEN: secret } },
    'secrets is AWS_BATCH_TOKEN; it must be a name that does not begin with AWS_BATCH',
  ],
  [
    'a name both secret and plain',
    { environment: { TOKEN: '' }, secrets: { TOKEN: secret } },
    'secrets is TOKEN; it must be a name that is not in environment too.',
  ],
  [
    'two versions of a secret',
    {
      secrets: {
        A: JobSecret.fromSecretsManager(secretsmanager.Secret.fromSecretNameV2(stack, 'S', 's'), {
          versionId: '1',
          versionStage: 'x',
        }),
      },
    },
    'secrets.A is version stage x and version id 1; it must be one of versionStage and versionId.',
  ],
  [
    'retention of a log group that is there',
    { logGroup: logs.LogGroup.fromLogGroupName(stack, 'L', 'l'), logRetention: logs.RetentionDays.ONE_DAY },
    'logRetention is given; it must be left out where logGroup is given. Set it on the log group itself.',
  ],
  [
    'the key of a log group that is there',
    { logGroup: logs.LogGroup.fromLogGroupName(stack, 'M', 'm'), logEncryptionKey: new kms.Key(stack, 'Key') },
    'logEncryptionKey is given; it must be left out where logGroup is given.',
  ],
  [
    'swappiness beyond 100',
    { linux: { maxSwap: Size.mebibytes(1), swappiness: 101 } },
    'linux.swappiness is 101; it must be a whole number from 0 to 100.',
  ],
  [
    'swappiness without swap',
    { linux: { swappiness: 1 } },
    'linux.maxSwap is missing; it must be given. Without maxSwap ECS ignores swappiness.',
  ],
  [
    'no shared memory',
    { linux: { sharedMemory: Size.mebibytes(0) } },
    'linux.sharedMemory in MiB is 0; it must be a whole number of at least 1.',
  ],
  [
    'a part of a MiB of swap',
    { linux: { maxSwap: Size.kibibytes(512) } },
    'linux.maxSwap in MiB is 0.5; it must be a whole number of at least 0.',
  ],
  [
    'an empty tmpfs',
    { linux: { tmpfs: [{ containerPath: '/tmp', size: Size.mebibytes(0) }] } },
    'linux.tmpfs[0].size in MiB is 0; it must be a whole number of at least 1.',
  ],
  [
    'a soft limit over the hard one',
    { ulimits: [nofile(5, 4)] },
    'ulimits[0].softLimit is 5; it must be a whole number from -1 to 4.',
  ],
  ['a limit twice', { ulimits: [nofile(1, 4), nofile(2, 4)] }, 'ulimits[1].name is nofile; it must be given once.'],
  [
    'a relative path of the host',
    { mounts: [{ volume: JobVolume.host({ name: 'a', sourcePath: 'a' }), containerPath: '/a' }] },
    'sourcePath of volume a is a; it must be an absolute path.',
  ],
  [
    'a relative path of a mount',
    { mounts: [{ volume: host, containerPath: 'data' }] },
    'mounts[0].containerPath is data; it must be an absolute path.',
  ],
  [
    'two mounts at one path',
    {
      mounts: [
        { volume: host, containerPath: '/a' },
        { volume: JobVolume.scratch('b'), containerPath: '/a' },
      ],
    },
    'mounts[1].containerPath is /a; it must be a path that nothing else is mounted at.',
  ],
  [
    'two volumes of one name',
    {
      mounts: [
        { volume: host, containerPath: '/a' },
        { volume: JobVolume.scratch('data'), containerPath: '/b' },
      ],
    },
    'mounts is two volumes named data; it must be volumes of different names.',
  ],
  [
    'a volume named with blanks',
    { mounts: [{ volume: JobVolume.scratch('my data'), containerPath: '/a' }] },
    'mounts is a volume named "my data"; it must be named with 1 to 255 letters, digits, hyphens and underscores.',
  ],
  [
    'eleven containers',
    { additionalContainers: Array.from({ length: 10 }, (_, index) => ({ ...JOB, name: `c${index}` })) },
    'additionalContainers is a list of 10; it must be a list of at most 9, beside the main container.',
  ],
  [
    'two containers of one name',
    { additionalContainers: [{ ...JOB, name: 'main' }] },
    'additionalContainers[0].name is main; it must be a name that no other container has.',
  ],
  [
    'a container named with blanks',
    { containerName: 'my main' },
    'containerName is "my main"; it must be 1 to 255 letters, digits, hyphens and underscores.',
  ],
  [
    'an unknown container',
    { dependsOn: [{ containerName: 'other' }], additionalContainers: [beside] },
    'dependsOn[0].containerName is other; it must be one of the other containers: beside.',
  ],
  [
    'a health check',
    { dependsOn: [{ containerName: 'beside', condition: HEALTHY }], additionalContainers: [beside] },
    'dependsOn[0].condition is HEALTHY; it must be START, COMPLETE or SUCCESS: AWS Batch has no health checks.',
  ],
  [
    'the end of an essential container',
    {
      dependsOn: [{ containerName: 'beside', condition: SUCCESS }],
      additionalContainers: [{ ...beside, essential: true }],
    },
    'dependsOn[0].condition is SUCCESS; it must be START, since container beside is essential: the job ends with it.',
  ],
  [
    'containers that wait for each other',
    {
      dependsOn: [{ containerName: 'beside' }],
      additionalContainers: [{ ...beside, dependsOn: [{ containerName: 'main' }] }],
    },
    'dependsOn is main → beside → main; it must be free of cycles.',
  ],
  [
    'a short stop timeout',
    { stopTimeout: Duration.seconds(1) },
    'stopTimeout is 1 s; it must be a whole number of seconds of at least 2.',
  ],
  [
    'half a GPU beside',
    { additionalContainers: [{ ...beside, gpus: 0.5 }] },
    'additionalContainers[0].gpus is 0.5; it must be a whole number of at least 0.',
  ],
  [
    'vCPUs that Fargate has not',
    { fargate, vcpus: 3 },
    'vcpus is 3; it must be one of 0.25, 0.5, 1, 2, 4, 8, 16, 32 on Fargate, for all containers together.',
  ],
  [
    'memory that Fargate has not',
    { fargate, memory: Size.mebibytes(777) },
    'memory is 777 MiB; it must be one of 2048, 3072, …, 8192 MiB with 1 vCPU on Fargate, for all containers together.',
  ],
  [
    'little memory that Fargate has not',
    { fargate, vcpus: 0.25, memory: Size.mebibytes(1536) },
    'memory is 1536 MiB; it must be one of 512, 1024, 2048 MiB with 0.25 vCPU on Fargate',
  ],
  [
    'containers that together are no size of Fargate',
    { fargate, additionalContainers: [{ ...beside, vcpus: 2 }] },
    'vcpus is 3; it must be one of 0.25',
  ],
  ['a GPU on Fargate', { fargate, gpus: 1 }, 'gpus is 1; it must be a whole number from 0 to 0.'],
  ['privileges on Fargate', { fargate, privileged: true }, 'privileged is true; it must be false on Fargate.'],
  [
    'a host volume on Fargate',
    { fargate, mounts: [{ volume: host, containerPath: '/a' }] },
    'the host volume data is mounted on Fargate; it must be mounted on EC2',
  ],
  ['ulimits on Fargate', { fargate, ulimits: [nofile(1, 2)] }, 'ulimits is given; it must be left out on Fargate.'],
  [
    'shared memory on Fargate',
    { fargate, linux: { sharedMemory: Size.mebibytes(1) } },
    'linux.sharedMemory is given; it must be left out on Fargate, which has only initProcess.',
  ],
  [
    'journald on Fargate',
    { fargate, logging: ecs.LogDrivers.journald() },
    'logging is journald; it must be one of awslogs, splunk on Fargate.',
  ],
  ['shared IPC on Fargate', { fargate, ipcMode: ecs.IpcMode.TASK }, 'ipcMode is task; it must be left out on Fargate.'],
  [
    "the host's processes on Fargate",
    { fargate, pidMode: ecs.PidMode.HOST },
    'pidMode is host; it must be task on Fargate.',
  ],
  [
    'a small disk',
    { fargate: { ephemeralStorage: Size.gibibytes(20) } },
    'fargate.ephemeralStorage in GiB is 20; it must be a whole number from 21 to 200.',
  ],
  [
    'Windows on ARM',
    {
      fargate: {
        cpuArchitecture: ecs.CpuArchitecture.ARM64,
        operatingSystemFamily: ecs.OperatingSystemFamily.WINDOWS_SERVER_2022_CORE,
      },
    },
    'fargate.cpuArchitecture is ARM64; it must be X86_64 with Windows.',
  ],
  [
    'a long wait for a stop on Fargate',
    { fargate, stopTimeout: Duration.minutes(3) },
    'stopTimeout is 180 s; it must be a whole number of seconds from 2 to 120.',
  ],
];

test.each(CASES)('%s', (name, props, message) => {
  expect(() => new ContainerJobDefinition(stack, name, { ...JOB, ...props })).toThrow(`[Stack/${name}] ${message}`);
});

test('what is known at deployment only is let through', () => {
  const number = new CfnParameter(stack, 'Number', { type: 'Number' }).valueAsNumber;
  const text = new CfnParameter(stack, 'Text').valueAsString;
  const some = { image: JOB.image, vcpus: number, memory: Size.mebibytes(number) };
  const job = new ContainerJobDefinition(stack, 'Unresolved', {
    ...some,
    gpus: number,
    command: Token.asList(Token.asString({ Ref: 'Words' })),
    requiredParameters: ['input'],
    environment: { A: text },
    retryAttempts: number,
    retryStrategies: [exit({ onReason: text })],
    timeout: Duration.seconds(number),
    schedulingPriority: number,
    jobDefinitionName: text,
    consumableResources: [{ resource: licences, quantity: number }],
    ulimits: [nofile(number, number)],
    linux: { sharedMemory: Size.mebibytes(number), maxSwap: Size.mebibytes(number), swappiness: number },
    mounts: [{ volume: JobVolume.host({ name: 'v', sourcePath: text }), containerPath: text }],
    stopTimeout: Duration.seconds(number),
    additionalContainers: [{ ...some, name: 'beside' }],
  });
  const { taskProperties } = stack.resolve(job.jobDefinition.ecsProperties) as {
    taskProperties: { containers: unknown[] }[];
  };
  expect(taskProperties[0]!.containers[0]).toMatchObject({
    resourceRequirements: [
      { type: 'MEMORY', value: { Ref: 'Number' } },
      { type: 'VCPU', value: { Ref: 'Number' } },
      { type: 'GPU', value: { Ref: 'Number' } },
    ],
  });
  new ContainerJobDefinition(stack, 'UnresolvedFargate', {
    ...some,
    fargate: { ephemeralStorage: Size.gibibytes(number) },
  });
});
