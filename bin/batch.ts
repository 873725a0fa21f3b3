/** The reference app. `cdk deploy -c vpcId=vpc-…` deploys it into a network that is there already. */
import { App } from 'aws-cdk-lib';
import { BatchStack } from './batch-stack';

const app = new App();
const vpcId = app.node.tryGetContext('vpcId') as string | undefined;

new BatchStack(app, 'Batch', {
  description: 'AWS Batch on instances that are launched and terminated by what waits in its queues',
  vpcId,
  // A look-up needs to know where; without one, the stack goes wherever it is deployed.
  env:
    vpcId === undefined
      ? undefined
      : { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});
