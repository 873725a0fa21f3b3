import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { BatchStackProps } from '../../bin/batch-stack';
import { BatchStack } from '../../bin/batch-stack';
import { contextFlag } from '../../bin/context';

function synthesize(props?: BatchStackProps): Template {
  return Template.fromStack(new BatchStack(new App(), 'Batch', props));
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

test('a dashboard comes when it is asked for, with the ledger that it needs', () => {
  template.resourceCountIs('AWS::CloudWatch::Dashboard', 0);
  const { Resources: plain } = template.toJSON() as { Resources: Record<string, object> };
  const watched = synthesize({ dashboard: true });
  watched.resourceCountIs('AWS::CloudWatch::Dashboard', 1);
  // The topic of what is short is also that of the dashboard's alarms, and nothing else is deployed twice.
  watched.resourceCountIs('AWS::SNS::Topic', 1);
  watched.resourceCountIs('AWS::DynamoDB::Table', 3);
  // It can be had later: nothing that is deployed without it is replaced.
  const { Resources: all } = watched.toJSON() as { Resources: Record<string, object> };
  expect(Object.keys(all)).toEqual(expect.arrayContaining(Object.keys(plain)));
  expect(watched.toJSON().Outputs).toMatchObject({ ...outputs, DashboardName: expect.anything() as object });
});

test('its dashboard has as many metrics as docs/cost.md reckons with', () => {
  const body = JSON.stringify(synthesize({ dashboard: true }).findResources('AWS::CloudWatch::Dashboard'));
  // Up to its label or colour, each in quotes within quotes.
  const metrics = body.match(/\[\\"BatchForeman.*?\{\\"/g)!;
  const cost = readFileSync(join(__dirname, '../../docs/cost.md'), 'utf8');
  const [, count, dollars] = /has (\d+): up to (\d+) USD/.exec(cost)!;
  expect(new Set(metrics).size).toBe(Number(count));
  expect(Math.ceil(Number(count) * 0.3)).toBe(Number(dollars));
});

test.each([
  ['without it', undefined, false],
  ['by the command line', 'true', true],
  ['by the command line, off', 'false', false],
  ['by cdk.json', true, true],
])('a flag of the context: %s', (_, value, expected) => {
  const app = new App({ context: value === undefined ? {} : { dashboard: value } });
  expect(contextFlag(app, 'dashboard')).toBe(expected);
});

test('a flag that is no flag is told of', () => {
  const app = new App({ context: { dashboard: 'yes' } });
  expect(() => contextFlag(app, 'dashboard')).toThrow('dashboard is yes; it must be true or false');
});
