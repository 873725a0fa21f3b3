import { App, Duration, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { parseLedgerConfig } from '../../../lib/ledger/config';
import { JobLedger } from '../../../lib';
import { actionsOn, statements } from '../fixture';

function stackWith(): Stack {
  return new Stack(new App(), 'Stack');
}

function importedQueue(stack: Stack, name = 'theirs'): batch.IJobQueue {
  const arn = `arn:aws:batch:us-east-1:123456789012:job-queue/${name}`;
  return batch.JobQueue.fromJobQueueArn(stack, name, arn);
}

describe('a ledger', () => {
  const stack = stackWith();
  const subscriber = new sqs.Queue(stack, 'Subscriber');
  const ledger = new JobLedger(stack, 'Ledger', { queues: [importedQueue(stack)] });
  ledger.addQueue(importedQueue(stack, 'more'));
  ledger.announceEnds(subscriber);
  ledger.announceEnds(subscriber);
  const template = Template.fromStack(stack);

  test('keeps one table on demand, recoverable, that forgets by itself', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      GlobalSecondaryIndexes: [
        Match.objectLike({ IndexName: 'due', Projection: { ProjectionType: 'KEYS_ONLY' } }),
        Match.objectLike({ IndexName: 'open', Projection: { ProjectionType: 'ALL' } }),
      ],
    });
  });

  test('hands its function a configuration that the function can read', () => {
    const [properties] = Object.values(template.findResources('AWS::Lambda::Function')).map((one) => one['Properties']);
    const [separator, parts] = properties.Environment.Variables.CONFIG['Fn::Join'] as [string, unknown[]];
    const text = parts.map((part) => (typeof part === 'string' ? part : 'token')).join(separator);
    expect(parseLedgerConfig(text)).toEqual({
      tableName: 'token',
      queueArns: ['theirs', 'more'].map((name) => `arn:aws:batch:us-east-1:123456789012:job-queue/${name}`),
      subscribers: ['token'],
      retentionSeconds: 30 * 86_400,
    });
  });

  test('hears every change of the jobs of its queues', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: {
        source: ['aws.batch'],
        'detail-type': ['Batch Job State Change'],
        detail: {
          jobQueue: ['theirs', 'more'].map((name) => `arn:aws:batch:us-east-1:123456789012:job-queue/${name}`),
        },
      },
    });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    });
  });

  test('may read and write its own table, and no other', () => {
    const own = statements(template, 'LedgerFunctionRole');
    expect(actionsOn(own, 'LedgerTable')).toEqual(['dynamodb:BatchGetItem', 'dynamodb:Query', 'dynamodb:UpdateItem']);
    expect(actionsOn(own, 'Subscriber')).toEqual(['sqs:SendMessage']);
    expect(actionsOn(own, '"*"')).toEqual(['batch:DescribeJobs', 'batch:ListJobs']);
  });
});

test('a table can be encrypted with a key of the user, which the function may then use', () => {
  const stack = stackWith();
  const encryptionKey = new kms.Key(stack, 'Key');
  new JobLedger(stack, 'Ledger', { queues: [importedQueue(stack)], encryptionKey });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::DynamoDB::Table', { SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } });
  expect(actionsOn(statements(template, 'LedgerFunctionRole'), 'Key')).toContain('kms:Decrypt');
});

describe('is told at synth', () => {
  test('a ledger without queues', () => {
    const stack = stackWith();
    new JobLedger(stack, 'Ledger');
    expect(() => Template.fromStack(stack)).toThrow('queues is empty; it must be a list of at least one job queue');
  });

  test('a retention that is over before the dead letters are', () => {
    expect(() => new JobLedger(stackWith(), 'Ledger', { retention: Duration.days(14) })).toThrow(
      '[Stack/Ledger] retention is 1209600 s; it must be a whole number of seconds of at least 1296000.',
    );
  });

  test('a subscription to a ledger of another stack', () => {
    const stack = stackWith();
    const tableArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/theirs';
    const ledger = JobLedger.fromJobLedgerAttributes(stack, 'Theirs', { tableArn });
    expect(ledger.tableName).toBe('theirs');
    ledger.addQueue(importedQueue(stack));
    expect(() => ledger.announceEnds(new sqs.Queue(stack, 'Queue'))).toThrow('[Stack/Theirs] ledger is imported;');
  });
});
