import { Template } from 'aws-cdk-lib/assertions';
import type { Stack } from 'aws-cdk-lib';
import { loadExample, RunningExample } from './example';

test('a job with a database, a table and a bucket runs to its end', async () => {
  const example = await RunningExample.deploy('secrets-and-database');
  const job = await example.submit({
    jobQueue: example.output('QueueName'),
    jobDefinition: example.output('ReportName'),
  });
  expect(await example.ended(job)).toMatchObject({ status: 'SUCCEEDED' });
});

test('the database lets in the network of the job, and no other', () => {
  const template = Template.fromStack(
    loadExample('secrets-and-database').node.findChild('SecretsAndDatabase') as Stack,
  );
  const rules = Object.values(template.findResources('AWS::EC2::SecurityGroupIngress'));
  expect(rules.map(({ Properties }) => JSON.stringify(Properties.SourceSecurityGroupId))).toEqual([
    expect.stringContaining('ClusterFargate'),
  ]);
});
