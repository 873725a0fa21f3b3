/**
 * What a snippet in the docs takes to be there already. A snippet imports whatever it uses of `aws-cdk-lib` and of this
 * library, and is the body of a stack's constructor: `this` is the stack. What stands here has the names of what it is.
 */
import type * as cdk from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as rds from 'aws-cdk-lib/aws-rds';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as foreman from '../../lib';

declare global {
  const app: cdk.App;
  const stack: cdk.Stack;
  const vpc: ec2.IVpc;
  const cluster: foreman.BatchCluster;
  const ledger: foreman.JobLedger;

  const queue: batch.JobQueue;
  const gpuQueue: batch.JobQueue;
  const trainingQueue: batch.JobQueue;
  const urgentQueue: batch.JobQueue;
  const onDemandQueue: batch.JobQueue;
  const importedQueue: batch.IJobQueue;

  const job: foreman.ContainerJobDefinition;
  const prepareJob: foreman.ContainerJobDefinition;
  const trainJob: foreman.ContainerJobDefinition;
  const reportJob: foreman.ContainerJobDefinition;
  const cleanUpJob: foreman.ContainerJobDefinition;
  /** What a job definition needs beside what the snippet is about. */
  const jobProps: Omit<foreman.ContainerJobDefinitionProps, 'data' | 'secrets' | 'consumableResources'>;

  const bucket: s3.IBucket;
  const table: dynamodb.ITable;
  const database: rds.DatabaseInstance;
  const subscriber: sqs.IQueue;
  const postToChat: lambda.IFunction;
}
