/** What docs/encryption.md says of the policy of an imported key is what a key of an app is given. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import { BatchCluster, CapacityReport, Encryption, JobLedger } from '../../lib';

interface Statement {
  readonly Action: string | string[];
}

const [, documented] = /```json\n([^]*?)```/.exec(readFileSync(join(__dirname, '../../docs/encryption.md'), 'utf8'))!;

function given(): unknown[] {
  const app = new App();
  const stack = new Stack(app, 'Stack', { env: { account: '111122223333', region: 'eu-central-1' } });
  Encryption.of(stack).useKey(new kms.Key(stack, 'Key'));
  const vpc = new ec2.Vpc(stack, 'Vpc', { availabilityZones: ['eu-central-1a'] });
  const cluster = new BatchCluster(stack, 'Cluster', { vpc });
  const queues = [cluster.addQueue('Queue', { capacity: [cluster.addManagedCapacity('Capacity', { maxvCpus: 4 })] })];
  new CapacityReport(stack, 'Report', { queues });
  new JobLedger(stack, 'Ledger', { queues });
  const [key] = Object.values(Template.fromStack(stack).findResources('AWS::KMS::Key')) as [
    { Properties: { KeyPolicy: { Statement: Statement[] } } },
  ];
  const [, ...statements] = key.Properties.KeyPolicy.Statement;
  const partition = /\{"Fn::Join":\["",\["arn:",\{"Ref":"AWS::Partition"\},"([^"]+)"\]\]\}/g;
  return JSON.parse(JSON.stringify(statements).replace(partition, '"arn:aws$1"')) as unknown[];
}

const inOrder = (statements: unknown[]): string[] =>
  (statements as Statement[])
    .map((statement) => ({ ...statement, Action: [statement.Action].flat().sort() }))
    .map((statement) => JSON.stringify(Object.entries(statement).sort()))
    .sort();

test('the statements in docs/encryption.md are those that a key of the app gets, and all of them', () => {
  expect(inOrder(JSON.parse(documented!) as unknown[])).toEqual(inOrder(given()));
});
