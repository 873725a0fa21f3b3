/**
 * A job between a database and a table: the password comes from the database's secret, the database lets the job's
 * network in, rows of the table are the job's role's to write, and large results go to a prefix of a bucket.
 */
import { App, CfnOutput, RemovalPolicy, Size, Stack } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Vpc } from 'aws-cdk-lib/aws-ec2';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
} from 'aws-cdk-lib/aws-rds';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { BatchCluster, ContainerJobDefinition, JobData, JobSecret } from '../lib';

export const app = new App();
const stack = new Stack(app, 'SecretsAndDatabase');
const vpc = new Vpc(stack, 'Vpc', { maxAzs: 2, natGateways: 1 });
const cluster = new BatchCluster(stack, 'Cluster', { vpc });
const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 64 })] });

const database = new DatabaseCluster(stack, 'Database', {
  engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_17_7 }),
  writer: ClusterInstance.serverlessV2('Writer'),
  vpc,
  defaultDatabaseName: 'orders',
  storageEncrypted: true,
  iamAuthentication: true,
  deletionProtection: true,
});
const table = new Table(stack, 'Results', {
  partitionKey: { name: 'id', type: AttributeType.STRING },
  billingMode: BillingMode.PAY_PER_REQUEST,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
});
const bucket = new Bucket(stack, 'Data', { enforceSSL: true, removalPolicy: RemovalPolicy.RETAIN });

const report = new ContainerJobDefinition(stack, 'Report', {
  image: ContainerImage.fromRegistry('public.ecr.aws/docker/library/python:3.12'),
  command: ['python', 'report.py'],
  vcpus: 1,
  memory: Size.gibibytes(2),
  queues: [queue],
  environment: { PGHOST: database.clusterEndpoint.hostname, PGDATABASE: 'orders', TABLE: table.tableName },
  secrets: {
    PGUSER: JobSecret.fromSecretsManager(database.secret!, { field: 'username' }),
    PGPASSWORD: JobSecret.fromSecretsManager(database.secret!, { field: 'password' }),
  },
  data: { REPORTS: JobData.writeTo(bucket, 'reports') },
});
database.connections.allowDefaultPortFrom(report, 'Reports read orders');
table.grantWriteData(report);

new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });
new CfnOutput(stack, 'ReportName', { value: report.jobDefinitionName });
