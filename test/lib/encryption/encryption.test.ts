import { App, Duration, Size, Stack } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import * as batch from 'aws-cdk-lib/aws-batch';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import {
  CapacityReport,
  ContainerJobDefinition,
  EbsMount,
  Encryption,
  JobLedger,
  JobTimeouts,
  ScheduledJob,
  SnapshotFanOut,
} from '../../../lib';
import { clusterStack, SMALL, statements } from '../fixture';

const IMPORTED = 'arn:aws:kms:us-east-1:123456789012:key/1';

const keyNamed = (id: string) => ({ 'Fn::GetAtt': [Match.stringLikeRegexp(`^${id}`), 'Arn'] });

function queueIn(stack: Stack): batch.IJobQueue {
  return batch.JobQueue.fromJobQueueArn(stack, 'Jobs', 'arn:aws:batch:us-east-1:123456789012:job-queue/jobs');
}

function jobIn(scope: Construct, id: string, logEncryptionKey?: kms.IKey): ContainerJobDefinition {
  const image = ContainerImage.fromRegistry('busybox');
  return new ContainerJobDefinition(scope, id, { image, vcpus: 1, memory: Size.gibibytes(1), logEncryptionKey });
}

function stackIn(app = new App()): Stack {
  return new Stack(app, 'Stack');
}

describe('the key of a scope', () => {
  test('holds for what is made in it, and for nothing else', () => {
    const stack = stackIn();
    const queues = [queueIn(stack)];
    const inner = new Construct(stack, 'Inner');
    Encryption.of(inner).useKey(new kms.Key(stack, 'Key'));
    new JobLedger(inner, 'Ledger', { queues });
    new JobLedger(stack, 'Outer', { queues });
    const template = Template.fromStack(stack);
    const ids = (properties: object) =>
      Object.keys(template.findResources('AWS::SQS::Queue', { Properties: properties }));
    expect(ids({ KmsMasterKeyId: keyNamed('Key') }).map((id) => id.slice(0, 11))).toEqual([
      'InnerLedger',
      'InnerLedger',
    ]);
    expect(ids({ SqsManagedSseEnabled: true }).map((id) => id.slice(0, 5))).toEqual(['Outer', 'Outer']);
  });

  test('gives way to that of an inner scope, and to the key of one thing', () => {
    const stack = stackIn();
    Encryption.of(stack.node.root).useKey(kms.Key.fromKeyArn(stack, 'Apps', IMPORTED));
    Encryption.of(stack).useKey(new kms.Key(stack, 'Key'));
    jobIn(stack, 'Job');
    jobIn(stack, 'Confidential', new kms.Key(stack, 'Other'));
    const template = Template.fromStack(stack);
    template.resourcePropertiesCountIs('AWS::Logs::LogGroup', { KmsKeyId: keyNamed('Key') }, 1);
    template.resourcePropertiesCountIs('AWS::Logs::LogGroup', { KmsKeyId: keyNamed('Other') }, 1);
    template.resourceCountIs('AWS::Logs::LogGroup', 2);
  });

  test('may be one of another stack, which does not depend on what it encrypts', () => {
    const app = new App();
    const keys = new Stack(app, 'Keys');
    Encryption.of(app).useKey(new kms.Key(keys, 'Key'));
    const stack = stackIn(app);
    new CapacityReport(stack, 'Report', { queues: [queueIn(stack)] });
    new JobTimeouts(stack, 'Timeouts', { queues: [queueIn(new Stack(app, 'Other'))], runnable: Duration.hours(1) });
    app.synth();
    expect(stack.dependencies).toContain(keys);
    expect(keys.dependencies).toEqual([]);
  });

  test('is given before anything is made that it would have to encrypt', () => {
    const stack = stackIn();
    const queues = [queueIn(stack)];
    const key = new kms.Key(stack, 'Key');
    const inner = new Construct(stack, 'Inner');
    Encryption.of(inner).useKey(key);
    new JobLedger(inner, 'Ledger', { queues });
    expect(() => Encryption.of(inner).useKey(key)).not.toThrow();
    expect(() => Encryption.of(inner).useKey(new kms.Key(stack, 'Late'))).toThrow(
      '[Stack/Inner] key is given after Stack/Inner/Ledger was made; it must be given before anything of this library is made ' +
        'here. Call Encryption.of(scope).useKey(key) at the beginning of the scope.',
    );
    new JobLedger(stack, 'Open', { queues });
    expect(() => Encryption.of(stack).useKey(key)).toThrow('given after Stack/Open');
    expect(() => Encryption.of(stack.node.root).useKey(key)).toThrow('given after Stack/Open');
  });

  test('is no alias, which policies cannot name', () => {
    const stack = stackIn();
    const alias = kms.Alias.fromAliasName(stack, 'Alias', 'alias/ours');
    expect(() => Encryption.of(stack).useKey(alias)).toThrow(
      '[Stack] key is an alias; it must be a key. Policies name',
    );
  });
});

test('a key whose policy cannot be changed is warned of, once for each service that needs it', () => {
  const { stack, cluster } = clusterStack();
  // The fixture's cluster stores nothing itself.
  Encryption.of(stack).useKey(kms.Key.fromKeyArn(stack, 'Key', IMPORTED));
  const capacity = cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL] });
  const queue = cluster.addQueue('Queue', { capacity: [capacity] });
  new CapacityReport(stack, 'Report', { queues: [queue] });
  new JobLedger(stack, 'Ledger', { queues: [queue] });
  const warnings = Annotations.fromStack(stack).findWarning('/Stack/Key', Match.stringLikeRegexp('docs/encryption.md'));
  const services = warnings.map(({ entry }) => /to let (\w+ ?\w*)/.exec(String(entry.data))![1]);
  expect(services.sort()).toEqual(['CloudWatch Logs', 'CloudWatch use', 'EC2 Auto', 'EventBridge use']);
});

test('roles may use the key by way of the services only that they call', () => {
  const stack = stackIn();
  Encryption.of(stack).useKey(new kms.Key(stack, 'Key'));
  new JobLedger(stack, 'Ledger', { queues: [queueIn(stack)] });
  const uses = statements(Template.fromStack(stack), 'LedgerFunctionRole').filter(({ Action }) =>
    [Action].flat().some((action) => action.startsWith('kms:')),
  );
  const via = uses.map(({ Condition }) => /"(sqs|dynamodb)\./.exec(JSON.stringify(Condition))?.[1]);
  expect([...new Set(via)].sort()).toEqual(['dynamodb', 'sqs']);
  expect(JSON.stringify(uses)).not.toContain('*');
});

test('a ledger’s own key holds for all that it stores', () => {
  const stack = stackIn();
  new JobLedger(stack, 'Ledger', { queues: [queueIn(stack)], encryptionKey: new kms.Key(stack, 'Key') });
  const template = Template.fromStack(stack);
  template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: keyNamed('Key') });
  template.allResourcesProperties('AWS::Logs::LogGroup', { KmsKeyId: keyNamed('Key') });
});

test('schedules have the key of their stack, whose function starts their jobs', () => {
  const stack = stackIn();
  const options = { queue: queueIn(stack), schedule: ScheduleExpression.rate(Duration.hours(1)) };
  new ScheduledJob(stack, 'Hourly', { ...options, job: jobIn(stack, 'Job') });
  const inner = new Construct(stack, 'Inner');
  Encryption.of(inner).useKey(new kms.Key(stack, 'Key'));
  expect(() => new ScheduledJob(inner, 'Secret', { ...options, job: jobIn(inner, 'Other') })).toThrow(
    '[Stack/Inner/Secret] the key of Encryption is Stack/Key; it must be that of Stack, whose schedules and triggers share a ' +
      'function and its queues. Call Encryption.of(stack).useKey(key) before the first of them is made.',
  );
});

test('a fan-out has the key of its data volume, or instances could not make volumes of the snapshots', () => {
  const { stack, cluster } = clusterStack();
  const volume = new EbsMount({ size: Size.gibibytes(10), mountPoint: '/mnt/data' });
  Encryption.of(cluster).useKey(new kms.Key(stack, 'Key'));
  const capacity = cluster.addUnmanagedCapacity('Capacity', { pools: [SMALL], mounts: [volume] });
  const queue = cluster.addQueue('Queue', { capacity: [capacity] });
  new SnapshotFanOut(stack, 'FanOut', { job: jobIn(stack, 'Job'), queues: [queue], volume });
  expect(() => Template.fromStack(stack)).toThrow(
    'volume is encrypted with Stack/Key; it must be one that is encrypted with the key that holds for the fan-out.',
  );
});
