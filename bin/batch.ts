/**
 * The reference app. `cdk deploy -c vpcId=vpc-…` deploys it into a network that is there already, and `-c dashboard=true`
 * with a dashboard.
 */
import { App } from 'aws-cdk-lib';
import { BatchStack } from './batch-stack';
import { contextFlag } from './context';

const app = new App();
const vpcId = app.node.tryGetContext('vpcId') as string | undefined;

new BatchStack(app, 'Batch', {
  description: 'AWS Batch on instances that are launched and terminated by what waits in its queues',
  vpcId,
  dashboard: contextFlag(app, 'dashboard'),
  // A look-up needs to know where; without one, the stack goes wherever it is deployed.
  env:
    vpcId === undefined
      ? undefined
      : { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});
