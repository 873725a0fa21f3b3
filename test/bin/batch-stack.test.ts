import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { BatchStackProps } from '../../bin/batch-stack';
import { BatchStack } from '../../bin/batch-stack';

function synthesize(props?: BatchStackProps): Template {
  // The suite of CloudFormation's specification validates the template, and that takes seconds.
  const app = new App({ builtinCloudFormationValidation: false });
  return Template.fromStack(new BatchStack(app, 'Batch', props));
}

const template = synthesize();
const outputs = template.toJSON().Outputs as Record<string, { Value: object | string }>;

test('two syntheses are equal byte for byte', () => {
  expect(JSON.stringify(synthesize().toJSON())).toBe(JSON.stringify(template.toJSON()));
});

test('what was deployed is put out', () => {
  expect(Object.keys(outputs).sort()).toEqual([
    'CpuJobDefinitionName',
    'GpuJobDefinitionName',
    'InstancesAutoscalerFunctionName',
    'InstancesEnvironmentArn',
    'InstancesEnvironmentName',
    'InstancesLifecycleFunctionName',
    'NormalQueueArn',
    'NormalQueueName',
    'UrgentQueueArn',
    'UrgentQueueName',
  ]);
});

test('no name is an ARN', () => {
  const arns = Object.entries(outputs).filter(
    ([name, { Value }]) =>
      /(Queue|Environment|Definition)Name$/.test(name) && typeof Value === 'object' && !('Fn::Select' in Value),
  );
  expect(arns).toEqual([]);
});

test('it can be put into a network that is there already', () => {
  const env = { account: '111122223333', region: 'eu-west-1' };
  synthesize({ vpcId: 'vpc-12345', env }).resourceCountIs('AWS::EC2::VPC', 0);
});
