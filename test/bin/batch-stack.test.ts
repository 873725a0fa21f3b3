import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { BatchStack } from '../../bin/batch-stack';

function synthesize(): object {
  const app = new App({ builtinCloudFormationValidation: false });
  return Template.fromStack(new BatchStack(app, 'Batch')).toJSON();
}

test('two syntheses are equal byte for byte', () => {
  expect(JSON.stringify(synthesize())).toBe(JSON.stringify(synthesize()));
});

test('the reference app says what was deployed', () => {
  const { Outputs } = synthesize() as { Outputs: Record<string, unknown> };
  expect(Object.keys(Outputs).sort()).toEqual([
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
  const { Outputs } = synthesize() as { Outputs: Record<string, { Value: Record<string, unknown> }> };
  const arns = Object.entries(Outputs).filter(
    ([name, { Value }]) => /(Queue|Environment|Definition)Name$/.test(name) && !('Fn::Select' in Value),
  );
  expect(arns).toEqual([]);
});

test('the reference app can be put into a network that is there', () => {
  const app = new App({ builtinCloudFormationValidation: false });
  const stack = new BatchStack(app, 'Batch', {
    vpcId: 'vpc-12345',
    env: { account: '111122223333', region: 'eu-west-1' },
  });
  // The look-up answers with a network of its own until the CDK CLI has asked AWS.
  Template.fromStack(stack).resourceCountIs('AWS::EC2::VPC', 0);
});
