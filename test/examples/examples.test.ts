/** What holds of every example; and that the CDK's own validation, which is off in other tests, accepts the reference app. */
import { App, CfnResource } from 'aws-cdk-lib';
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { BatchStack } from '../../bin/batch-stack';
import { context } from '../../cdk.json';
import { EXAMPLES, loadExample } from './example';

const templates = (assembly: CloudAssembly) =>
  assembly.stacksRecursively.map(({ id, template }) => [id, template as unknown] as const);

beforeAll(() => {
  process.env.CDK_VALIDATION = 'true';
});

afterAll(() => {
  process.env.CDK_VALIDATION = 'false';
});

test.each(EXAMPLES)('%s is found valid, and two syntheses of it are equal byte for byte', (name) => {
  const first = templates(loadExample(name).synth());
  expect(first.length).toBeGreaterThan(0);
  expect(JSON.stringify(templates(loadExample(name).synth()))).toBe(JSON.stringify(first));
});

test('the reference app is found valid', () => {
  const app = new App({ context });
  new BatchStack(app, 'Batch', { dashboard: true });
  expect(templates(app.synth())).toHaveLength(1);
});

test('what CloudFormation would refuse is found', () => {
  const app = loadExample('nightly');
  const queue = app.node.findAll().find((node): node is CfnResource => {
    return CfnResource.isCfnResource(node) && node.cfnResourceType === 'AWS::Batch::JobQueue';
  })!;
  queue.addPropertyOverride('Priority', 'first');
  expect(() => app.synth()).toThrow(/Priority/);
});
