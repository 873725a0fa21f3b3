/**
 * A pipeline that tests this repository and deploys the reference app to staging and production.
 *
 *     npx cdk deploy --app 'npx tsx bin/pipeline.ts' -c repository=OWNER/NAME -c connectionArn=arn:aws:codeconnections:…
 *
 * More in docs/pipeline.md.
 */
import { App } from 'aws-cdk-lib';
import type { Environment } from 'aws-cdk-lib';
import { contextFlag } from './context';
import { PipelineStack } from './pipeline-stack';

const app = new App();

function context(name: string): string | undefined {
  return app.node.tryGetContext(name) as string | undefined;
}

function required(name: string): string {
  const value = context(name);
  if (value === undefined) throw new Error(`The context value ${name} is missing: pass it as -c ${name}=…`);
  return value;
}

/** @throws Error for anything but `account/region` */
function environment(name: string): Environment | undefined {
  const value = context(name);
  if (value === undefined) return undefined;
  const [, account, region] = /^(\d{12})\/([a-z0-9-]+)$/.exec(value) ?? [];
  if (account === undefined)
    throw new Error(`${name} is ${value}; it must be an account and a Region: 123456789012/eu-west-1`);
  return { account, region };
}

new PipelineStack(app, 'BatchPipeline', {
  description: 'Tests cdk-batch-foreman and deploys its reference app',
  repository: required('repository'),
  branch: context('branch') ?? 'main',
  connectionArn: required('connectionArn'),
  staging: environment('staging'),
  production: environment('production'),
  dashboard: contextFlag(app, 'dashboard'),
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});
