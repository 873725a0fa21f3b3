/**
 * Secrets from Secrets Manager and Systems Manager in a job's environment, an image from a private registry, a log that is
 * kept under a key of one's own: on Fargate, on ARM.
 */
import { App, CfnOutput, Size, Stack } from 'aws-cdk-lib';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage, CpuArchitecture } from 'aws-cdk-lib/aws-ecs';
import { Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { BatchCluster, ContainerJobDefinition, JobSecret } from '../lib';

export const app = new App();
const stack = new Stack(app, 'Secrets');
const cluster = new BatchCluster(stack, 'Cluster', { vpc: new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 }) });
const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 32 });
const queue = cluster.addQueue('Queue', { capacity: [fargate] });

const encryptionKey = new Key(stack, 'Key', { enableKeyRotation: true });
const database = new Secret(stack, 'Database', {
  encryptionKey,
  generateSecretString: { secretStringTemplate: '{"user": "etl"}', generateStringKey: 'password' },
});
const token = StringParameter.fromSecureStringParameterAttributes(stack, 'Token', {
  parameterName: '/etl/token',
  encryptionKey,
});

const load = new ContainerJobDefinition(stack, 'Load', {
  image: ContainerImage.fromRegistry('registry.example.com/etl:1', {
    credentials: Secret.fromSecretNameV2(stack, 'Registry', 'etl/registry'),
  }),
  command: ['load', 'Ref::table'],
  parameters: { table: 'observations' },
  secrets: {
    DB_USER: JobSecret.fromSecretsManager(database, { field: 'user' }),
    DB_PASSWORD: JobSecret.fromSecretsManager(database, { field: 'password' }),
    API_TOKEN: JobSecret.fromSsmParameter(token),
  },
  vcpus: 2,
  memory: Size.gibibytes(8),
  fargate: { cpuArchitecture: CpuArchitecture.ARM64, ephemeralStorage: Size.gibibytes(50) },
  logRetention: RetentionDays.ONE_YEAR,
  logEncryptionKey: encryptionKey,
  queues: [queue],
});

new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });
new CfnOutput(stack, 'LoadName', { value: load.jobDefinitionName });
