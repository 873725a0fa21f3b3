import type {
  DescribeJobDefinitionsResponse,
  JobDefinition,
  RegisterJobDefinitionRequest,
  RegisterJobDefinitionResponse,
} from '@aws-sdk/client-batch';
import { Stage, requirements } from './stage';

const container = (properties: object = {}) => ({
  image: 'busybox',
  resourceRequirements: requirements(1, 1024),
  ...properties,
});
const definition = (input: object = {}, properties: object = {}): RegisterJobDefinitionRequest => ({
  jobDefinitionName: 'd',
  type: 'container',
  containerProperties: container(properties),
  ...input,
});
const register = (stage: Stage, input: object = definition()) =>
  stage.call<RegisterJobDefinitionResponse>('RegisterJobDefinition', input);
const describe_ = (stage: Stage, input: object): JobDefinition[] =>
  stage.call<DescribeJobDefinitionsResponse>('DescribeJobDefinitions', input).jobDefinitions!;
const names = (definitions: JobDefinition[]) =>
  definitions.map(({ jobDefinitionName, revision, status }) => `${jobDefinitionName}:${revision} ${status}`);

test('the first revision of a name is 1, each further one more', () => {
  const stage = new Stage();
  expect(register(stage)).toEqual({
    jobDefinitionName: 'd',
    jobDefinitionArn: 'arn:aws:batch:us-east-1:123456789012:job-definition/d:1',
    revision: 1,
  });
  expect(register(stage).revision).toBe(2);
  expect(register(stage, definition({ jobDefinitionName: 'e' })).revision).toBe(1);
});

test('a definition is described as it was registered, lists that were not given as empty ones', () => {
  const stage = new Stage();
  register(
    stage,
    definition(
      {
        parameters: { codec: 'mp4' },
        retryStrategy: { attempts: 2 },
        timeout: { attemptDurationSeconds: 60 },
        tags: { a: 'b' },
      },
      { command: ['x', 'Ref::codec'] },
    ),
  );
  expect(describe_(stage, { jobDefinitions: ['d:1'] })).toEqual([
    expect.objectContaining({
      jobDefinitionName: 'd',
      revision: 1,
      status: 'ACTIVE',
      type: 'container',
      containerOrchestrationType: 'ECS',
      parameters: { codec: 'mp4' },
      retryStrategy: { attempts: 2 },
      timeout: { attemptDurationSeconds: 60 },
      tags: { a: 'b' },
      containerProperties: {
        image: 'busybox',
        command: ['x', 'Ref::codec'],
        resourceRequirements: requirements(1, 1024),
        environment: [],
        mountPoints: [],
        secrets: [],
        ulimits: [],
        volumes: [],
      },
    }),
  ]);
});

test('definitions are found by reference, by name and by status, in pages', () => {
  const stage = new Stage();
  for (const name of ['d', 'd', 'e']) register(stage, definition({ jobDefinitionName: name }));
  stage.call('DeregisterJobDefinition', { jobDefinition: 'd:1' });
  expect(names(describe_(stage, {}))).toEqual(['d:1 INACTIVE', 'd:2 ACTIVE', 'e:1 ACTIVE']);
  expect(names(describe_(stage, { status: 'ACTIVE' }))).toEqual(['d:2 ACTIVE', 'e:1 ACTIVE']);
  expect(names(describe_(stage, { jobDefinitionName: 'd' }))).toEqual(['d:1 INACTIVE', 'd:2 ACTIVE']);
  const arn = 'arn:aws:batch:us-east-1:123456789012:job-definition/e:1';
  expect(names(describe_(stage, { jobDefinitions: [arn, 'd:2', 'f:1'] }))).toEqual(['e:1 ACTIVE', 'd:2 ACTIVE']);
  const page = stage.call<DescribeJobDefinitionsResponse>('DescribeJobDefinitions', { maxResults: 2 });
  expect(names(describe_(stage, { maxResults: 2, nextToken: page.nextToken }))).toEqual(['e:1 ACTIVE']);
  expect(stage.refusal('DescribeJobDefinitions', { jobDefinitions: ['d:1'], status: 'ACTIVE' })).toContain(
    'other parameters',
  );
});

test('a deregistered revision runs no new jobs and is deleted after 180 days; its number is not used again', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  register(stage);
  const running = stage.submit(queue, { jobDefinition: 'd:1' });
  await stage.advance(1);
  stage.call('DeregisterJobDefinition', { jobDefinition: 'd:1' });
  expect(stage.refusal('SubmitJob', { jobName: 'j', jobQueue: queue, jobDefinition: 'd:1' })).toContain('INACTIVE');
  expect(stage.refusal('SubmitJob', { jobName: 'j', jobQueue: queue, jobDefinition: 'd' })).toContain('does not exist');
  await stage.end(running);
  await stage.advance(179 * 86_400);
  expect(names(describe_(stage, {}))).toEqual(['d:1 INACTIVE']);
  await stage.advance(86_400);
  expect(describe_(stage, {})).toEqual([]);
  expect(register(stage).revision).toBe(2);
});

test('a submission without a revision uses the latest that is active', async () => {
  const stage = new Stage();
  const { queue } = await stage.small();
  for (const image of ['one', 'two', 'three']) register(stage, definition({}, { image }));
  stage.call('DeregisterJobDefinition', { jobDefinition: 'd:3' });
  expect(stage.job(stage.submit(queue, { jobDefinition: 'd' })).container!.image).toBe('two');
  const arn = 'arn:aws:batch:us-east-1:123456789012:job-definition/d';
  expect(stage.job(stage.submit(queue, { jobDefinition: arn })).container!.image).toBe('two');
  expect(stage.job(stage.submit(queue, { jobDefinition: `${arn}:1` })).container!.image).toBe('one');
});

test.each([
  ['a name with other characters', definition({ jobDefinitionName: 'a.b' }), 'should match valid pattern'],
  ['no image', definition({}, { image: undefined }), 'must have an image'],
  [
    'neither kind of properties',
    definition({ containerProperties: undefined }),
    'Either containerProperties or ecsProperties',
  ],
  ['no VCPU', definition({}, { resourceRequirements: [{ type: 'MEMORY', value: '4' }] }), 'must have VCPU'],
  [
    'a fraction of a vCPU on EC2',
    definition(
      {},
      {
        resourceRequirements: [
          { type: 'VCPU', value: '0.5' },
          { type: 'MEMORY', value: '4' },
        ],
      },
    ),
    'VCPU must be a whole number',
  ],
  [
    'less than 4 MiB',
    definition({}, { resourceRequirements: requirements(1, 3) }),
    'MEMORY must be a whole number of at least 4',
  ],
  [
    'half a GPU',
    definition({}, { resourceRequirements: [...requirements(1, 4), { type: 'GPU', value: '0.5' }] }),
    'GPU must be a whole number',
  ],
  ['VCPU twice', definition({}, { vcpus: 1 }), 'both in resourceRequirements and as vcpus'],
  ['a reserved variable', definition({}, { environment: [{ name: 'AWS_BATCH_X', value: '' }] }), 'AWS_BATCH'],
  ['a timeout below 60 s', definition({ timeout: { attemptDurationSeconds: 59 } }), 'at least 60'],
  ['11 attempts', definition({ retryStrategy: { attempts: 11 } }), 'between 1 and 10'],
  [
    '6 rules',
    definition({ retryStrategy: { attempts: 2, evaluateOnExit: Array(6).fill({ action: 'RETRY', onReason: '*' }) } }),
    'at most 5',
  ],
  [
    'rules without attempts',
    definition({ retryStrategy: { evaluateOnExit: [{ action: 'RETRY', onReason: '*' }] } }),
    'attempts is required',
  ],
  [
    'a rule without a condition',
    definition({ retryStrategy: { attempts: 2, evaluateOnExit: [{ action: 'EXIT' }] } }),
    'at least one condition',
  ],
  [
    'an asterisk in the middle',
    definition({ retryStrategy: { attempts: 2, evaluateOnExit: [{ action: 'EXIT', onReason: 'a*b' }] } }),
    'asterisk can only be the last',
  ],
  [
    'letters in onExitCode',
    definition({ retryStrategy: { attempts: 2, evaluateOnExit: [{ action: 'EXIT', onExitCode: 'x' }] } }),
    'only numbers',
  ],
  [
    'an unknown action',
    definition({ retryStrategy: { attempts: 2, evaluateOnExit: [{ action: 'STOP', onExitCode: '1' }] } }),
    'RETRY or EXIT',
  ],
  ['a scheduling priority above 9999', definition({ schedulingPriority: 10_000 }), 'between 0 and 9999'],
  ['more than 24 KiB', definition({}, { command: ['x'.repeat(25_000)] }), 'at most 24576 bytes'],
  [
    '6 consumable resources',
    definition({
      consumableResourceProperties: { consumableResourceList: Array(6).fill({ consumableResource: 'r', quantity: 1 }) },
    }),
    'at most 5',
  ],
  ['Amazon EKS', definition({ containerProperties: undefined, eksProperties: {} }), 'no Amazon EKS'],
  ['an instance type', definition({}, { instanceType: 'm5.large' }), 'multi-node'],
  [
    'what only Fargate has',
    definition({}, { networkConfiguration: { assignPublicIp: 'ENABLED' } }),
    'networkConfiguration must not be specified',
  ],
  ['a multi-node job without nodes', definition({ type: 'multinode' }), 'needs nodeProperties'],
])('%s is refused', (_, input, message) => {
  expect(new Stage().refusal('RegisterJobDefinition', input)).toContain(message);
});

describe('on Fargate', () => {
  const fargate = (properties: object = {}): object =>
    definition(
      { platformCapabilities: ['FARGATE'] },
      {
        executionRoleArn: 'arn:aws:iam::123456789012:role/e',
        resourceRequirements: requirements(0.25, 512),
        ...properties,
      },
    );

  test('vCPUs and memory go together as the documentation lists them', () => {
    const stage = new Stage();
    const legal: [number, number][] = [
      [0.25, 2048],
      [0.5, 4096],
      [1, 8192],
      [2, 16_384],
      [4, 30_720],
      [8, 61_440],
      [16, 122_880],
      [32, 249_856],
    ];
    for (const [vcpus, memory] of legal)
      register(stage, fargate({ resourceRequirements: requirements(vcpus, memory) }));
    const illegal: [number, number][] = [
      [0.25, 4096],
      [0.5, 512],
      [3, 777],
      [4, 31_744],
      [8, 17_408],
      [32, 65_536],
    ];
    for (const [vcpus, memory] of illegal) {
      const input = fargate({ resourceRequirements: requirements(vcpus, memory) });
      expect(stage.refusal('RegisterJobDefinition', input)).toContain('Fargate has no');
    }
  });

  test.each([
    [{ executionRoleArn: undefined }, 'executionRoleArn is required'],
    [{ vcpus: 1 }, 'vcpus is not supported on Fargate'],
    [{ resourceRequirements: requirements(1, 2048, 1) }, 'GPUs are not available'],
    [{ privileged: true }, 'privileged is not applicable'],
    [{ ulimits: [{ name: 'nofile', softLimit: 1, hardLimit: 1 }] }, 'ulimits are not applicable'],
    [{ linuxParameters: { sharedMemorySize: 64 } }, 'sharedMemorySize is not applicable'],
    [{ logConfiguration: { logDriver: 'syslog' } }, 'awslogs and splunk'],
  ])('%j is refused', (properties, message) => {
    expect(new Stage().refusal('RegisterJobDefinition', fargate(properties))).toContain(message);
  });

  test('multi-node jobs are refused', () => {
    const input = definition({ type: 'multinode', platformCapabilities: ['FARGATE'] });
    expect(new Stage().refusal('RegisterJobDefinition', input)).toContain('not supported on Fargate');
  });
});

describe('several containers', () => {
  const several = (containers: object[]) =>
    definition({ containerProperties: undefined, ecsProperties: { taskProperties: [{ containers }] } });
  const one = (name: string, more: object = {}) => ({
    name,
    image: 'i',
    resourceRequirements: requirements(1, 512),
    ...more,
  });

  test('are registered and described', () => {
    const stage = new Stage();
    register(stage, several([one('main'), one('side', { essential: false })]));
    expect(describe_(stage, {})[0]!.ecsProperties!.taskProperties![0]!.containers).toHaveLength(2);
  });

  test.each([
    [[], 'must not be empty'],
    [Array.from({ length: 11 }, (_, index) => one(`c${index}`)), 'at most 10'],
    [[one('a'), one('a')], 'the same name'],
    [[one('a', { essential: false })], 'must be essential'],
    [[one('a', { resourceRequirements: [] })], 'must have VCPU'],
  ])('%j are refused', (containers, message) => {
    expect(new Stage().refusal('RegisterJobDefinition', several(containers))).toContain(message);
  });
});
