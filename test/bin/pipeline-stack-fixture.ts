import { App } from 'aws-cdk-lib';
import type { PipelineStackProps } from '../../bin/pipeline-stack';
import { PipelineStack } from '../../bin/pipeline-stack';

export const PRODUCTION = { account: '444455556666', region: 'eu-west-1' };

export function pipelineStack(props: Partial<PipelineStackProps> = {}): PipelineStack {
  const zones = `availability-zones:account=${PRODUCTION.account}:region=${PRODUCTION.region}`;
  const app = new App({
    context: { [zones]: ['eu-west-1a', 'eu-west-1b'] },
  });
  return new PipelineStack(app, 'BatchPipeline', {
    repository: 'owner/name',
    branch: 'main',
    connectionArn: 'arn:aws:codeconnections:eu-west-1:111122223333:connection/x',
    env: { account: '111122223333', region: 'eu-west-1' },
    ...props,
  });
}
