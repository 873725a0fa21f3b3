import type { CreateComputeEnvironmentRequest, DescribeComputeEnvironmentsResponse } from '@aws-sdk/client-batch';
import { Stage } from './stage';

const EC2 = {
  type: 'EC2' as const,
  maxvCpus: 16,
  instanceTypes: ['m5.large'],
  instanceRole: 'ecsInstanceRole',
  subnets: ['subnet-1'],
  securityGroupIds: ['sg-1'],
};
const FARGATE = { type: 'FARGATE' as const, maxvCpus: 16, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] };

const managed = (resources: object, input: Partial<CreateComputeEnvironmentRequest> = {}) => ({
  computeEnvironmentName: 'managed',
  type: 'MANAGED' as const,
  computeResources: { ...EC2, ...resources },
  ...input,
});

test('a new environment is CREATING, then VALID, and has an ECS cluster whose name begins with its own', async () => {
  const stage = new Stage();
  stage.call('CreateComputeEnvironment', { computeEnvironmentName: 'cpu', type: 'UNMANAGED', tags: { team: 'a' } });
  expect(stage.environmentDetail('cpu')).toMatchObject({ status: 'CREATING', ecsClusterArn: undefined });
  await stage.advance(1);
  expect(stage.environmentDetail('cpu')).toMatchObject({
    status: 'VALID',
    state: 'ENABLED',
    type: 'UNMANAGED',
    computeEnvironmentArn: 'arn:aws:batch:us-east-1:123456789012:compute-environment/cpu',
    containerOrchestrationType: 'ECS',
    tags: { team: 'a' },
  });
  expect(stage.environmentDetail('cpu').ecsClusterArn).toMatch(/:cluster\/cpu_Batch_/);
});

test.each([
  ['a name with other characters', { computeEnvironmentName: 'a b', type: 'UNMANAGED' }, 'should match valid pattern'],
  ['a type that is none', { computeEnvironmentName: 'a', type: 'SERVERLESS' }, 'type must be MANAGED or UNMANAGED'],
  ['a managed one without resources', { computeEnvironmentName: 'a', type: 'MANAGED' }, 'computeResources is required'],
  [
    'resources of an unmanaged one',
    { computeEnvironmentName: 'a', type: 'UNMANAGED', computeResources: EC2 },
    'not supported for UNMANAGED',
  ],
  ['unmanagedvCpus of a managed one', managed({}, { unmanagedvCpus: 4 }), 'unmanagedvCpus is only supported'],
  ['no subnets', managed({ subnets: [] }), 'subnets is required'],
  ['no instance role', managed({ instanceRole: undefined }), 'instanceRole is required'],
  ['no security groups', managed({ securityGroupIds: undefined }), 'securityGroupIds or a launch template'],
  ['no instance types', managed({ instanceTypes: [] }), 'instanceTypes is required'],
  [
    'an instance type that does not exist',
    managed({ instanceTypes: ['z9.large'] }),
    'z9.large is not a valid instance type',
  ],
  ['two architectures', managed({ instanceTypes: ['m5.large', 'm6g.large'] }), 'mixes architectures'],
  ['minvCpus above maxvCpus', managed({ minvCpus: 17 }), 'minvCpus must be an integer between 0 and 16, got 17'],
  [
    'desiredvCpus below minvCpus',
    managed({ minvCpus: 4, desiredvCpus: 2 }),
    'desiredvCpus must be an integer between 4 and 16',
  ],
  ['a Spot strategy On-Demand', managed({ allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED' }), 'only available for Spot'],
  ['Spot with BEST_FIT without a fleet role', managed({ type: 'SPOT' }), 'spotIamFleetRole is required'],
  [
    'a scale-down delay below 20 minutes',
    managed({ scalingPolicy: { minScaleDownDelayMinutes: 5 } }),
    'between 20 and 10080',
  ],
  [
    'a launch template by id and name',
    managed({ launchTemplate: { launchTemplateId: 'lt-1', launchTemplateName: 'n' } }),
    'either launchTemplateId or launchTemplateName',
  ],
  [
    'instance types on Fargate',
    managed({ ...FARGATE, instanceTypes: ['m5.large'], instanceRole: undefined }),
    'instanceTypes is not applicable to Fargate',
  ],
  [
    'too many tags',
    {
      computeEnvironmentName: 'a',
      type: 'UNMANAGED',
      tags: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])),
    },
    'at most 50 tags',
  ],
  ['a reserved tag', { computeEnvironmentName: 'a', type: 'UNMANAGED', tags: { 'AWS:x': '' } }, 'reserved'],
  [
    'Amazon EKS',
    {
      computeEnvironmentName: 'a',
      type: 'MANAGED',
      eksConfiguration: { eksClusterArn: 'arn', kubernetesNamespace: 'n' },
    },
    'no Amazon EKS',
  ],
])('%s is refused', (_, input, message) => {
  expect(new Stage().refusal('CreateComputeEnvironment', input)).toContain(message);
});

test('a name can be used once, and there are at most 50 environments', async () => {
  const stage = new Stage();
  for (let index = 0; index < 50; index++) {
    stage.call('CreateComputeEnvironment', { computeEnvironmentName: `e${index}`, type: 'UNMANAGED' });
  }
  const create = (computeEnvironmentName: string) =>
    stage.refusal('CreateComputeEnvironment', { computeEnvironmentName, type: 'UNMANAGED' });
  expect(create('e7')).toContain('Object already exists');
  expect(create('e50')).toContain('limit of 50');
});

test('environments are described by name or ARN, or in pages; names that do not exist are left out', async () => {
  const stage = new Stage();
  for (const name of ['a', 'b', 'c']) await stage.environment({ computeEnvironmentName: name });
  const describe = (input: object) => {
    const answer = stage.call<DescribeComputeEnvironmentsResponse>('DescribeComputeEnvironments', input);
    return { names: answer.computeEnvironments!.map((one) => one.computeEnvironmentName), nextToken: answer.nextToken };
  };
  const arn = stage.environmentDetail('c').computeEnvironmentArn!;
  expect(describe({ computeEnvironments: [arn, 'a', 'none'] }).names).toEqual(['c', 'a']);
  const first = describe({ maxResults: 2 });
  expect(first.names).toEqual(['a', 'b']);
  expect(describe({ maxResults: 2, nextToken: first.nextToken })).toEqual({ names: ['c'], nextToken: undefined });
  expect(stage.refusal('DescribeComputeEnvironments', { maxResults: 101 })).toContain('between 1 and 100');
  expect(stage.refusal('DescribeComputeEnvironments', { nextToken: 'made up' })).toContain(
    'is not one that was returned',
  );
});

test('before it is deleted an environment has to be DISABLED and in no queue', async () => {
  const stage = new Stage();
  const environment = await stage.environment();
  const queue = await stage.queue([environment]);
  const target = { computeEnvironment: environment };
  expect(stage.refusal('DeleteComputeEnvironment', target)).toContain('state must be DISABLED');
  stage.call('UpdateComputeEnvironment', { ...target, state: 'DISABLED' });
  expect(stage.refusal('DeleteComputeEnvironment', target)).toContain('being modified');
  await stage.advance(1);
  expect(stage.refusal('DeleteComputeEnvironment', target)).toBe('Cannot delete, found existing JobQueue relationship');
  stage.call('UpdateJobQueue', { jobQueue: queue, state: 'DISABLED' });
  await stage.advance(1);
  stage.call('DeleteJobQueue', { jobQueue: queue });
  await stage.advance(1);
  stage.call('DeleteComputeEnvironment', target);
  expect(stage.environmentDetail(environment).status).toBe('DELETING');
  await stage.advance(1);
  expect(stage.environmentDetail(environment)).toBeUndefined();
  expect(stage.refusal('DeleteComputeEnvironment', target)).toContain('does not exist');
});

test('a DISABLED environment gets no jobs; those that it has go on', async () => {
  const stage = new Stage();
  const { environment, queue } = await stage.small();
  const before = stage.submit(queue);
  await stage.advance(10);
  stage.call('UpdateComputeEnvironment', { computeEnvironment: environment, state: 'DISABLED' });
  const after = stage.submit(queue);
  await stage.advance(100);
  expect(stage.status(before, after)).toEqual(['SUCCEEDED', 'RUNNABLE']);
  stage.call('UpdateComputeEnvironment', { computeEnvironment: environment, state: 'ENABLED' });
  await stage.advance(1);
  expect(stage.status(after)).toEqual(['STARTING']);
});

describe('an update', () => {
  const create = async (resources: object, input: object = {}) => {
    const stage = new Stage({}, { realTypes: true });
    await stage.environment(managed(resources, input));
    return stage;
  };
  const refusal = (stage: Stage, input: object) =>
    stage.refusal('UpdateComputeEnvironment', { computeEnvironment: 'managed', ...input });

  test('of the scale is made in place', async () => {
    const stage = await create({});
    stage.call('UpdateComputeEnvironment', { computeEnvironment: 'managed', computeResources: { maxvCpus: 64 } });
    expect(stage.environmentDetail('managed')).toMatchObject({
      status: 'UPDATING',
      computeResources: { maxvCpus: 64 },
    });
    await stage.advance(1);
    expect(stage.environmentDetail('managed').status).toBe('VALID');
  });

  test('may not bring desiredvCpus down, nor out of minimum and maximum', async () => {
    const stage = await create({ desiredvCpus: 8 });
    expect(refusal(stage, { computeResources: { desiredvCpus: 4 } })).toContain('greater than or equal to the current');
    expect(refusal(stage, { computeResources: { desiredvCpus: 32 } })).toContain('between 0 and 16');
    expect(refusal(stage, { computeResources: { minvCpus: 17 } })).toContain('minvCpus 17 is above maxvCpus 16');
  });

  test('of the infrastructure needs another strategy than BEST_FIT, and the service-linked role', async () => {
    const change = { computeResources: { instanceTypes: ['c5'] } };
    expect(refusal(await create({}), change)).toContain('BEST_FIT does not support infrastructure updates');
    const progressive = { allocationStrategy: 'BEST_FIT_PROGRESSIVE' };
    const withRole = await create(progressive, { serviceRole: 'arn:aws:iam::123456789012:role/batch' });
    expect(refusal(withRole, change)).toContain('does not use the service-linked role');
    const stage = await create(progressive);
    stage.call('UpdateComputeEnvironment', { computeEnvironment: 'managed', ...change });
    expect(stage.environmentDetail('managed').computeResources!.instanceTypes).toEqual(['c5']);
  });

  test('of a service role keeps its kind', async () => {
    const stage = await create({});
    expect(refusal(stage, { serviceRole: 'arn:aws:iam::123456789012:role/batch' })).toContain('cannot be changed');
  });

  test('of a Fargate environment changes network and maximum only', async () => {
    const stage = new Stage();
    const input = { computeEnvironmentName: 'managed', type: 'MANAGED' as const, computeResources: FARGATE };
    await stage.environment(input);
    expect(refusal(stage, { computeResources: { minvCpus: 1 } })).toContain('minvCpus is not applicable to Fargate');
    const computeResources = { maxvCpus: 32, subnets: [], securityGroupIds: ['sg-2'] };
    stage.call('UpdateComputeEnvironment', { computeEnvironment: 'managed', computeResources });
    expect(stage.environmentDetail('managed').computeResources).toMatchObject({
      maxvCpus: 32,
      subnets: ['subnet-1'],
      securityGroupIds: ['sg-2'],
    });
  });

  test('of the other kind of environment is refused', async () => {
    const stage = await create({});
    expect(refusal(stage, { unmanagedvCpus: 4 })).toContain('cannot be specified for a MANAGED environment');
    const unmanaged = await stage.environment();
    expect(
      stage.refusal('UpdateComputeEnvironment', { computeEnvironment: unmanaged, computeResources: { maxvCpus: 4 } }),
    ).toContain('cannot be specified for an UNMANAGED');
  });
});
