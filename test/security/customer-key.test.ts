/** An app with every construct that stores something, under a customer's key: what AWS keeps, and who may use the key. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { runSimulation } from '@cloud-copilot/iam-simulate';
import { loadExample } from '../examples/example';
import { inSimulatorsWords } from '../iam/encryption-context';
import { type Resource, resourcesOf } from './apps';

type Properties = Resource['properties'];

const app = loadExample('customer-key');
const resources = resourcesOf(app);
const [keyId] = resources.filter(({ type }) => type === 'AWS::KMS::Key').map(({ id }) => id.split('/')[1]!);
const KEY = { 'Fn::GetAtt': [keyId, 'Arn'] };

interface BlockDevice {
  readonly Ebs: { readonly KmsKeyId?: unknown };
}

/** Of each type that stores something, what says with which key: a value for each thing that is stored. */
const STORES: Readonly<Record<string, (properties: Properties) => unknown[]>> = {
  'AWS::DynamoDB::Table': ({ SSESpecification }) => [(SSESpecification as Properties | undefined)?.KMSMasterKeyId],
  'AWS::EC2::LaunchTemplate': ({ LaunchTemplateData }) =>
    (LaunchTemplateData as { BlockDeviceMappings: BlockDevice[] }).BlockDeviceMappings.map(({ Ebs }) => Ebs.KmsKeyId),
  'AWS::EFS::FileSystem': ({ KmsKeyId }) => [KmsKeyId],
  'AWS::Lambda::Function': ({ KmsKeyArn }) => [KmsKeyArn],
  'AWS::Logs::LogGroup': ({ KmsKeyId }) => [KmsKeyId],
  'AWS::SNS::Topic': ({ KmsMasterKeyId }) => [KmsMasterKeyId],
  'AWS::SQS::Queue': ({ KmsMasterKeyId }) => [KmsMasterKeyId],
  'AWS::Scheduler::Schedule': ({ KmsKeyArn }) => [KmsKeyArn],
};

/** Types that can have no key of a customer; docs/encryption.md says why of those that hold something. */
const WITHOUT_KEY =
  /^(AWS::(AutoScaling::AutoScalingGroup|Batch::.+|CloudWatch::.+|EC2::(?!LaunchTemplate).+|EFS::(AccessPoint|MountTarget)|Events::Rule|IAM::.+|KMS::Key|Lambda::(EventInvokeConfig|EventSourceMapping|Permission)|SNS::TopicPolicy|SQS::QueuePolicy|SSM::Parameter|Scheduler::ScheduleGroup|CDK::Metadata)|Custom::.+)$/;

function ofType(type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}

test('it has a function of every handler, and so every construct that has one', () => {
  const assets = ofType('AWS::Lambda::Function').map(({ properties }) => (properties.Code as Properties).S3Key);
  expect(new Set(assets).size).toBe(readdirSync(join(__dirname, '../../assets')).length);
});

test.each(Object.keys(STORES))('every %s is encrypted with the key', (type) => {
  const all = ofType(type);
  expect(all.length).toBeGreaterThan(0);
  const keys = all.flatMap(({ id, properties }) => STORES[type]!(properties).map((key) => ({ id, key })));
  expect(keys.filter(({ key }) => JSON.stringify(key) !== JSON.stringify(KEY))).toEqual([]);
});

test('of each other type it is known that it has no key', () => {
  const others = resources.map(({ type }) => type).filter((type) => !(type in STORES) && !WITHOUT_KEY.test(type));
  expect([...new Set(others)]).toEqual([]);
});

const ACCOUNT = '123456789012';
const VALUES: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
};

/** A value as CloudFormation would make it of pseudo parameters; what else it refers to is named. */
function resolved(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== 'object' || value === null) return value;
  const [[name, inner] = ['', undefined]] = Object.entries(value) as [string, unknown][];
  if (name === 'Ref') return VALUES[String(inner)] ?? `<${String(inner)}>`;
  if (name === 'Fn::GetAtt') return `<${(inner as string[]).join('.')}>`;
  if (name === 'Fn::Join') {
    const [separator, parts] = inner as [string, unknown[]];
    return parts.map((part) => String(resolved(part))).join(separator);
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, resolved(one)]));
}

/** Whether the key's policy lets a service do something as it is. */
async function keyAllows(service: string, action: string, contextVariables: Record<string, string>): Promise<boolean> {
  const [{ properties }] = ofType('AWS::KMS::Key') as [Resource];
  const result = await runSimulation(
    {
      request: {
        principal: service,
        action,
        resource: { resource: `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd`, accountId: ACCOUNT },
        contextVariables: inSimulatorsWords(contextVariables),
      },
      identityPolicies: [],
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      resourcePolicy: inSimulatorsWords(resolved(properties.KeyPolicy)),
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(JSON.stringify(result.errors));
  return result.overallResult === 'Allowed';
}

/** @returns what the key's policy does not allow */
async function denied(service: string, actions: readonly string[], context: Record<string, string>): Promise<string[]> {
  const found: string[] = [];
  for (const action of actions) if (!(await keyAllows(service, action, context))) found.push(action);
  return found;
}

describe('its policy lets', () => {
  const encrypted = (type: string): string[] => ofType(type).map(({ id }) => id.split('/')[1]!);

  test('rules send to queues', async () => {
    const queues = encrypted('AWS::SQS::Queue');
    const rules = ofType('AWS::Events::Rule').filter(({ properties }) =>
      queues.some((queue) => JSON.stringify(properties.Targets).includes(`["${queue}","Arn"]`)),
    );
    expect(rules.length).toBeGreaterThan(3);
    const source = (account: string) => ({ 'aws:SourceArn': `arn:aws:events:us-east-1:${account}:rule/any` });
    const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
    expect(await denied('events.amazonaws.com', actions, source(ACCOUNT))).toEqual([]);
    expect(await denied('events.amazonaws.com', actions, source('999999999999'))).toEqual(actions);
  });

  test('alarms tell topics', async () => {
    const topics = encrypted('AWS::SNS::Topic');
    const alarms = ofType('AWS::CloudWatch::Alarm').filter(({ properties }) =>
      topics.some((topic) => JSON.stringify(properties.AlarmActions ?? []).includes(`{"Ref":"${topic}"}`)),
    );
    expect(alarms.length).toBeGreaterThan(5);
    const source = (account: string) => ({ 'aws:SourceArn': `arn:aws:cloudwatch:us-east-1:${account}:alarm:any` });
    const actions = ['kms:Decrypt', 'kms:GenerateDataKey'];
    expect(await denied('cloudwatch.amazonaws.com', actions, source(ACCOUNT))).toEqual([]);
    expect(await denied('cloudwatch.amazonaws.com', actions, source('999999999999'))).toEqual(actions);
  });

  test('CloudWatch Logs keep log groups', async () => {
    const group = (account: string) => ({
      'kms:EncryptionContext:aws:logs:arn': `arn:aws:logs:us-east-1:${account}:log-group:any`,
    });
    const actions = ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptTo'];
    expect(await denied('logs.us-east-1.amazonaws.com', actions, group(ACCOUNT))).toEqual([]);
    expect(await denied('logs.us-east-1.amazonaws.com', actions, group('999999999999'))).toEqual(actions);
  });

  test('whoever launches instances have volumes, by way of EC2', async () => {
    const role = `arn:aws:iam::${ACCOUNT}:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling`;
    const by = (service: string) => ({
      'kms:CallerAccount': ACCOUNT,
      'kms:ViaService': `${service}.us-east-1.amazonaws.com`,
    });
    const actions = ['kms:CreateGrant', 'kms:Decrypt', 'kms:DescribeKey', 'kms:GenerateDataKeyWithoutPlaintext'];
    expect(await denied(role, actions, by('ec2'))).toEqual([]);
    expect(await denied(role, actions, by('s3'))).toEqual(actions);
  });
});

test('no rule but its own may send to a queue', () => {
  const statements = ofType('AWS::SQS::QueuePolicy').flatMap(
    ({ properties }) => (properties.PolicyDocument as { Statement: Record<string, unknown>[] }).Statement,
  );
  const sending = statements.filter(({ Principal }) => JSON.stringify(Principal)?.includes('events.amazonaws.com'));
  expect(sending.length).toBeGreaterThan(3);
  for (const { Action, Condition } of sending) {
    expect(Action).toBe('sqs:SendMessage');
    expect(Condition).toEqual({ ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [expect.any(String), 'Arn'] } } });
  }
});
