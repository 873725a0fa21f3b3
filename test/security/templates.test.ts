/** What holds of every resource of every app. */
import { APPS, type Resource, resourcesOf } from './apps';

const resources = new Map(APPS.map(([name, scope]): [string, Resource[]] => [name, resourcesOf(scope)]));
const all = [...resources.values()].flat();

function ofType(type: string, among: readonly Resource[] = all): Resource[] {
  return among.filter((resource) => resource.type === type);
}

/** @returns the ids of those that it does not hold of */
function except(among: readonly Resource[], holds: (resource: Resource) => boolean): string[] {
  return among.filter((resource) => !holds(resource)).map(({ id }) => id);
}

/** The values at the ends of a template, with the names that lead there. */
function* leaves(value: unknown, path: readonly string[] = []): Generator<[path: readonly string[], value: unknown]> {
  if (typeof value !== 'object' || value === null) yield [path, value];
  else for (const [key, inner] of Object.entries(value)) yield* leaves(inner, [...path, key]);
}

describe('no secret', () => {
  /** What keys and tokens of AWS and others look like. */
  const SECRET = /AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|-----BEGIN|gh[pousr]_\w{20}|xox[abp]-|eyJhbGciOi/;
  /** CloudFormation puts the secret itself where such a reference stands. */
  const RESOLVED = /\{\{resolve:(secretsmanager|ssm-secure):/;

  test.each(APPS)('is in a template of %s', (name) => {
    const found = resources.get(name)!.flatMap(({ id, type, properties }) =>
      [...leaves(properties)]
        .filter(([, value]) => typeof value === 'string' && (SECRET.test(value) || RESOLVED.test(value)))
        // The database service takes its password by no other way, and shows it to nobody.
        .filter(([path]) => type !== 'AWS::RDS::DBCluster' || !/^Master(Username|UserPassword)$/.test(path[0]!))
        .map(([path]) => `${id}: ${path.join('.')}`),
    );
    expect(found).toEqual([]);
  });

  test('is in an environment variable: those that are called so refer to it', () => {
    const SECRETIVE = /passw|secret|token|credential|api_?key|private/i;
    const inEnvironments = all.flatMap(({ id, type, properties }) => {
      const named: string[] = [];
      for (const [path] of leaves(properties)) {
        const at = path.indexOf('Variables');
        if (type === 'AWS::Lambda::Function' && at >= 0) named.push(path[at + 1]!);
      }
      const containers = JSON.stringify(properties).matchAll(/"Environment":(\[.*?\])/g);
      if (type === 'AWS::Batch::JobDefinition')
        for (const [, list] of containers)
          named.push(...[...list!.matchAll(/"Name":"([^"]+)"/g)].map(([, variable]) => variable!));
      return named.map((variable) => ({ id, variable }));
    });
    expect(inEnvironments.length).toBeGreaterThan(20);
    expect(inEnvironments.filter(({ variable }) => SECRETIVE.test(variable))).toEqual([]);
  });
});

interface Statement {
  readonly Effect: string;
  readonly Principal?: unknown;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

function statementsOf(document: unknown): Statement[] {
  return [(document as { Statement?: Statement | Statement[] } | undefined)?.Statement ?? []].flat();
}

/** Whether a policy keeps everybody from doing anything without TLS. */
function refusesPlainHttp(document: unknown, service: string): boolean {
  return statementsOf(document).some(
    ({ Effect, Principal, Action, Condition }) =>
      Effect === 'Deny' &&
      JSON.stringify(Principal) === '{"AWS":"*"}' &&
      [`${service}:*`, '*'].some((every) => [Action].flat().includes(every)) &&
      JSON.stringify(Condition) === '{"Bool":{"aws:SecureTransport":"false"}}',
  );
}

describe('plain HTTP is refused by the policy of', () => {
  /** For services whose policies are resources of their own. */
  function withoutPolicy(type: string, policyType: string, targetOf: (policy: Resource) => unknown, service: string) {
    return APPS.flatMap(([name]) => {
      const own = resources.get(name)!;
      const covered = ofType(policyType, own)
        .filter(({ properties }) => refusesPlainHttp(properties.PolicyDocument, service))
        .map((policy) => JSON.stringify(targetOf(policy)));
      return except(ofType(type, own), ({ id }) => {
        const reference = `{"Ref":"${id.split('/').at(-1)}"}`;
        return covered.some((target) => target.includes(reference));
      });
    });
  }

  test('every queue', () => {
    expect(ofType('AWS::SQS::Queue').length).toBeGreaterThan(20);
    const targetOf = ({ properties }: Resource) => properties.Queues;
    expect(withoutPolicy('AWS::SQS::Queue', 'AWS::SQS::QueuePolicy', targetOf, 'sqs')).toEqual([]);
  });

  test('every topic, as far as SNS has actions to publish', () => {
    const topics = ofType('AWS::SNS::Topic');
    expect(topics.length).toBeGreaterThan(0);
    const policies = JSON.stringify(ofType('AWS::SNS::TopicPolicy'));
    const refusal = '"Condition":{"Bool":{"aws:SecureTransport":"false"}},"Effect":"Deny","Principal":"*"';
    expect(policies.split(refusal).length - 1).toBeGreaterThanOrEqual(topics.length);
  });

  test('every bucket', () => {
    const targetOf = ({ properties }: Resource) => properties.Bucket;
    expect(withoutPolicy('AWS::S3::Bucket', 'AWS::S3::BucketPolicy', targetOf, 's3')).toEqual([]);
  });

  test('every table', () => {
    // A table that an example brings along is as aws-cdk-lib makes it.
    const tables = ofType('AWS::DynamoDB::Table').filter(({ id }) => !id.startsWith('SecretsAndDatabase/Results'));
    expect(tables.length).toBeGreaterThan(5);
    const refuses = ({ properties }: Resource) =>
      refusesPlainHttp((properties.ResourcePolicy as { PolicyDocument?: unknown })?.PolicyDocument, 'dynamodb');
    expect(except(tables, refuses)).toEqual([]);
  });

  test('every file system', () => {
    const systems = ofType('AWS::EFS::FileSystem');
    expect(systems.length).toBeGreaterThan(0);
    const refuses = ({ properties }: Resource) => refusesPlainHttp(properties.FileSystemPolicy, 'elasticfilesystem');
    expect(except(systems, refuses)).toEqual([]);
  });
});

describe('encrypted at rest is', () => {
  test('every queue', () => {
    const encrypted = ({ properties }: Resource) =>
      properties.SqsManagedSseEnabled === true || properties.KmsMasterKeyId !== undefined;
    expect(except(ofType('AWS::SQS::Queue'), encrypted)).toEqual([]);
  });

  test('every volume', () => {
    const templates = ofType('AWS::EC2::LaunchTemplate');
    expect(templates.length).toBeGreaterThan(10);
    const encrypted = ({ properties }: Resource) => {
      const data = properties.LaunchTemplateData as { BlockDeviceMappings?: { Ebs: { Encrypted?: boolean } }[] };
      const devices = data.BlockDeviceMappings ?? [];
      return devices.length > 0 && devices.every(({ Ebs }) => Ebs.Encrypted === true);
    };
    expect(except(templates, encrypted)).toEqual([]);
  });

  test('every file system and database', () => {
    expect(except(ofType('AWS::EFS::FileSystem'), ({ properties }) => properties.Encrypted === true)).toEqual([]);
    expect(except(ofType('AWS::RDS::DBCluster'), ({ properties }) => properties.StorageEncrypted === true)).toEqual([]);
  });

  // Tables, topics, buckets and log groups are by AWS itself: https://docs.aws.amazon.com/general/latest/gr/aws-security.html
});

describe('logs', () => {
  test('are kept for a time that somebody has chosen', () => {
    const groups = ofType('AWS::Logs::LogGroup');
    expect(groups.length).toBeGreaterThan(20);
    expect(except(groups, ({ properties }) => properties.RetentionInDays !== undefined)).toEqual([]);
  });

  test('of functions and jobs go to groups of their own', () => {
    const logs = (properties: object) => JSON.stringify(properties);
    const functions = except(ofType('AWS::Lambda::Function'), ({ properties }) =>
      /"LogGroup":\{"Ref":/.test(logs(properties.LoggingConfig ?? {})),
    );
    expect(functions).toEqual([]);
    const jobs = except(ofType('AWS::Batch::JobDefinition'), ({ properties }) =>
      /"awslogs-group":\{"Ref":|"LogDriver":"awsfirelens"/.test(logs(properties)),
    );
    expect(jobs).toEqual([]);
  });
});

test('alarms are let in by the policy of every topic that one tells: it takes the place of the one that SNS makes', () => {
  const told = APPS.flatMap(([name]) => {
    const own = resources.get(name)!;
    const actions = JSON.stringify(
      ofType('AWS::CloudWatch::Alarm', own).map(({ properties }) => properties.AlarmActions),
    );
    return ofType('AWS::SNS::Topic', own).filter(({ id }) => actions.includes(`{"Ref":"${id.split('/').at(-1)}"}`));
  });
  expect(told.length).toBeGreaterThan(1);
  const lets = ({ properties }: Resource) =>
    statementsOf(properties.PolicyDocument).some(
      ({ Effect, Principal, Action }) =>
        Effect === 'Allow' &&
        Action === 'sns:Publish' &&
        JSON.stringify(Principal) === '{"Service":"cloudwatch.amazonaws.com"}',
    );
  const open = JSON.stringify(
    ofType('AWS::SNS::TopicPolicy')
      .filter(lets)
      .map(({ properties }) => properties.Topics),
  );
  expect(except(told, ({ id }) => open.includes(`{"Ref":"${id.split('/').at(-1)}"}`))).toEqual([]);
});

test('whatever grows is looked at: each type of resource that the apps have is known here', () => {
  const storing = /^AWS::(DynamoDB|SQS|SNS|S3|EFS|RDS|ElastiCache|Kinesis|FSx|OpenSearch|Redshift|DocDB|Neptune|MSK)::/;
  const types = new Set(all.map(({ type }) => type).filter((type) => storing.test(type)));
  expect([...types].sort()).toEqual([
    'AWS::DynamoDB::Table',
    'AWS::EFS::AccessPoint',
    'AWS::EFS::FileSystem',
    'AWS::EFS::MountTarget',
    'AWS::RDS::DBCluster',
    'AWS::RDS::DBInstance',
    'AWS::RDS::DBSubnetGroup',
    'AWS::S3::Bucket',
    'AWS::S3::BucketPolicy',
    'AWS::SNS::Subscription',
    'AWS::SNS::Topic',
    'AWS::SNS::TopicPolicy',
    'AWS::SQS::Queue',
    'AWS::SQS::QueuePolicy',
  ]);
});
