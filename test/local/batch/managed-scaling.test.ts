import type { ComputeResource } from '@aws-sdk/client-batch';
import { withScript } from '../../../local/batch/scaling/user-data';
import { CALL, Stage, asking } from './stage';

const EC2: ComputeResource = {
  type: 'EC2',
  allocationStrategy: 'BEST_FIT_PROGRESSIVE',
  maxvCpus: 16,
  instanceTypes: ['c5.large', 'c5.xlarge'],
  instanceRole: 'ecsInstanceRole',
  subnets: ['subnet-1'],
  securityGroupIds: ['sg-1'],
};

async function managed(resources: Partial<ComputeResource> = {}, settings = {}) {
  const stage = new Stage({ registrationSeconds: 90, memoryOverheadPercent: 3.2, ...settings }, { realTypes: true });
  const environment = await stage.environment({ type: 'MANAGED', computeResources: { ...EC2, ...resources } });
  const queue = await stage.queue([environment]);
  return { stage, environment, queue };
}

const instances = (stage: Stage) =>
  stage.ec2.history().filter(({ state }) => state === 'pending' || state === 'running');
const types = (stage: Stage): string[] => instances(stage).map(({ instanceType }) => instanceType);
const desired = (stage: Stage, environment: string) =>
  stage.environmentDetail(environment).computeResources!.desiredvCpus;

test('instances come within a minute for jobs that wait, run them, and go when they have been idle for 5 minutes', async () => {
  const { stage, environment, queue } = await managed();
  const ids = [stage.submit(queue), stage.submit(queue), stage.submit(queue)];
  expect(instances(stage)).toEqual([]);
  await stage.advance(60);
  expect(types(stage)).toEqual(['c5.large', 'c5.large']);
  expect(desired(stage, environment)).toBe(3);
  await stage.end(...ids);
  expect(stage.status(...ids)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED']);
  await stage.advance(240);
  expect(instances(stage)).toHaveLength(2);
  await stage.advance(120);
  expect(instances(stage)).toEqual([]);
  expect(desired(stage, environment)).toBe(0);
});

test('an instance joins the cluster of its environment, with tags, profile and subnet of the environment', async () => {
  const { stage, environment, queue } = await managed({ type: 'EC2', tags: { team: 'a' } });
  stage.submit(queue);
  await stage.advance(60);
  const [instance] = instances(stage);
  const cluster = stage.environmentDetail(environment).ecsClusterArn!.split('/')[1];
  expect(instance).toMatchObject({ spot: false, requester: `batch:${environment}`, availabilityZone: 'us-east-1a' });
  expect(instance!.userData).toContain(`ECS_CLUSTER=${cluster}`);
  expect(instance!.request).toMatchObject({
    instanceProfile: 'ecsInstanceRole',
    subnetId: 'subnet-1',
    tags: { team: 'a', AWSBatchServiceTag: 'batch' },
  });
});

test('SPOT launches Spot Instances, and a GPU type with GPU support', async () => {
  const { stage, queue } = await managed({ type: 'SPOT', instanceTypes: ['g4dn.xlarge'] });
  const id = stage.submit(queue, asking(1, 1024, 1));
  await stage.advance(60);
  expect(instances(stage)).toMatchObject([{ spot: true, instanceType: 'g4dn.xlarge' }]);
  await stage.end(id);
  expect(stage.status(id)).toEqual(['SUCCEEDED']);
});

test('the maximum is kept; jobs beyond it wait for those before them', async () => {
  const { stage, environment, queue } = await managed({ maxvCpus: 4, instanceTypes: ['c5.large'] });
  const ids = Array.from({ length: 8 }, () => stage.submit(queue));
  await stage.advance(60);
  expect([types(stage), desired(stage, environment)]).toEqual([['c5.large', 'c5.large'], 4]);
  await stage.end(...ids);
  expect(stage.ec2.history()).toHaveLength(2);
});

test('the minimum is there from the start and stays, also when the environment is DISABLED', async () => {
  const { stage, environment } = await managed({ minvCpus: 4 });
  expect(types(stage)).toEqual(['c5.large', 'c5.large']);
  stage.call('UpdateComputeEnvironment', { computeEnvironment: environment, state: 'DISABLED' });
  await stage.advance(3600);
  expect(types(stage)).toEqual(['c5.large', 'c5.large']);
});

test('desiredvCpus are there from the start, and go with the demand', async () => {
  const { stage, environment } = await managed({ desiredvCpus: 4 });
  expect(instances(stage)).toHaveLength(2);
  await stage.advance(600);
  expect([instances(stage), desired(stage, environment)]).toEqual([[], 0]);
});

test('a DISABLED environment does not scale out', async () => {
  const { stage, environment, queue } = await managed();
  stage.call('UpdateComputeEnvironment', { computeEnvironment: environment, state: 'DISABLED' });
  stage.submit(queue);
  await stage.advance(600);
  expect(stage.ec2.history()).toEqual([]);
});

test('a scale-down delay of its own counts from the last job of an instance that has run some', async () => {
  const { stage, queue } = await managed({
    scalingPolicy: { minScaleDownDelayMinutes: 20 },
    instanceTypes: ['c5.large'],
  });
  const id = stage.submit(queue);
  await stage.advance(61);
  stage.call('CancelJob', { jobId: id, reason: 'so that the instance never runs one' });
  await stage.advance(90 + 300 + 60);
  expect(instances(stage)).toEqual([]);
  const second = stage.submit(queue);
  await stage.end(second);
  await stage.advance(1140);
  expect(instances(stage)).toHaveLength(1);
  await stage.advance(120);
  expect(instances(stage)).toEqual([]);
});

describe('when EC2 has no capacity', () => {
  test('BEST_FIT_PROGRESSIVE goes on with the next type', async () => {
    const { stage, queue } = await managed();
    stage.launchFailures.set('c5.large', 'InsufficientInstanceCapacity');
    const id = stage.submit(queue);
    await stage.advance(60);
    expect(types(stage)).toEqual(['c5.xlarge']);
    await stage.end(id);
  });

  test('BEST_FIT waits for its type', async () => {
    const { stage, queue } = await managed({ allocationStrategy: 'BEST_FIT' });
    stage.launchFailures.set('c5.large', 'InsufficientInstanceCapacity');
    const id = stage.submit(queue);
    await stage.advance(120);
    expect(types(stage)).toEqual([]);
    stage.launchFailures.clear();
    await stage.end(id);
    expect(stage.ec2.history().map(({ instanceType }) => instanceType)).toEqual(['c5.large']);
  });

  test('BEST_FIT_PROGRESSIVE_ORDERED takes types in the order of the list', async () => {
    const { stage, queue } = await managed({
      allocationStrategy: 'BEST_FIT_PROGRESSIVE_ORDERED',
      instanceTypes: ['c5.xlarge', 'c5.large'],
    });
    stage.submit(queue);
    await stage.advance(60);
    expect(types(stage)).toEqual(['c5.xlarge']);
  });

  test('the job at the head of its queue says so', async () => {
    const { stage, queue } = await managed();
    for (const type of EC2.instanceTypes!) stage.launchFailures.set(type, 'InsufficientInstanceCapacity');
    const id = stage.submit(queue);
    await stage.advance(121);
    expect(stage.job(id).statusReason).toBe(
      'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type [c5.xlarge]',
    );
  });

  test('the jobs beyond it go to the next environment of the queue', async () => {
    const { stage, environment } = await managed({ maxvCpus: 2, instanceTypes: ['c5.large'] });
    const other = await stage.environment({
      type: 'MANAGED',
      computeResources: { ...EC2, instanceTypes: ['m5.large'] },
    });
    const queue = await stage.queue([environment, other]);
    const ids = Array.from({ length: 4 }, () => stage.submit(queue));
    await stage.advance(60);
    expect(types(stage).sort()).toEqual(['c5.large', 'm5.large']);
    await stage.end(...ids);
  });
});

test('a launch that EC2 refuses for another reason makes the environment INVALID', async () => {
  const { stage, environment, queue } = await managed({ launchTemplate: { launchTemplateName: 'none' } });
  stage.submit(queue);
  await stage.advance(60);
  expect(stage.environmentDetail(environment)).toMatchObject({
    status: 'INVALID',
    statusReason: expect.stringContaining('CLIENT_ERROR - '),
  });
});

test('a Spot Instance that is reclaimed takes its jobs with it, and is replaced', async () => {
  const { stage, queue } = await managed({ type: 'SPOT' });
  const evaluateOnExit = [{ action: 'RETRY' as const, onStatusReason: 'Host EC2*' }];
  const id = stage.submit(
    queue,
    { retryStrategy: { attempts: 2, evaluateOnExit } },
    { attempts: [{ runSeconds: 600 }] },
  );
  await stage.advance(300);
  const [first] = instances(stage);
  stage.ec2.reclaim(first!.instanceId);
  const [job] = await stage.end(id);
  expect(job!.attempts!.map(({ statusReason }) => statusReason)).toEqual([
    `Host EC2 (instance ${first!.instanceId}) terminated.`,
    'Essential container in task exited',
  ]);
});

describe('an infrastructure update', () => {
  const update = { instanceTypes: ['m5.large'] };
  const busy = async (updatePolicy?: object) => {
    const { stage, environment, queue } = await managed({ instanceTypes: ['c5.large'] });
    if (updatePolicy) {
      stage.call('UpdateComputeEnvironment', { computeEnvironment: environment, updatePolicy });
      await stage.advance(1);
    }
    const ids = [600, 7200].map((runSeconds) => stage.submit(queue, asking(2, 1024), { attempts: [{ runSeconds }] }));
    await stage.advance(240);
    expect(stage.status(...ids)).toEqual(['RUNNING', 'RUNNING']);
    stage.call('UpdateComputeEnvironment', { computeEnvironment: environment, computeResources: update });
    return { stage, environment, queue, ids };
  };

  test('replaces instances as their jobs end, or after 30 minutes with their jobs', async () => {
    const { stage, environment, queue, ids } = await busy();
    expect(stage.environmentDetail(environment).status).toBe('UPDATING');
    const next = stage.submit(queue);
    await stage.end(next);
    expect(types(stage)).toContain('m5.large');
    expect(stage.status(ids[1]!)).toEqual(['RUNNING']);
    await stage.end(ids[0]!);
    expect(stage.status(ids[0]!)).toEqual(['SUCCEEDED']);
    await stage.advance(60);
    expect(types(stage).filter((type) => type === 'c5.large')).toHaveLength(1);
    await stage.end(ids[1]!);
    expect(stage.job(ids[1]!)).toMatchObject({ status: 'FAILED', statusReason: expect.stringContaining('Host EC2') });
    await stage.advance(2);
    expect(stage.environmentDetail(environment).status).toBe('VALID');
  });

  test('ends running jobs at once when its policy says so', async () => {
    const { stage, environment, ids } = await busy({ terminateJobsOnUpdate: true });
    expect(stage.status(...ids)).toEqual(['FAILED', 'FAILED']);
    await stage.advance(1);
    expect(stage.environmentDetail(environment).status).toBe('VALID');
  });
});

test('a deleted environment takes its instances with it', async () => {
  const stage = new Stage({}, { realTypes: true });
  const environment = await stage.environment({ type: 'MANAGED', computeResources: { ...EC2, minvCpus: 2 } });
  expect(instances(stage)).toHaveLength(1);
  stage.call('UpdateComputeEnvironment', { computeEnvironment: environment, state: 'DISABLED' });
  await stage.advance(1);
  stage.call('DeleteComputeEnvironment', { computeEnvironment: environment });
  await stage.advance(60);
  expect(instances(stage)).toEqual([]);
});

test('a queue that nothing waits in costs an idle environment no launches in a week', async () => {
  const { stage } = await managed();
  await stage.advance(7 * 86_400);
  expect(stage.ec2.history()).toEqual([]);
});

describe('user data', () => {
  const archive = [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="=="',
    '',
    '--==',
    'Content-Type: text/x-shellscript',
    '',
    'echo theirs',
    '--==--',
    '',
  ].join('\n');

  test('of a launch template goes before ours, in a script or in a MIME archive', () => {
    expect(withScript('', 'echo ours')).toBe('echo ours');
    expect(withScript('echo theirs', 'echo ours')).toBe('echo theirs\necho ours');
    const parts = withScript(archive, 'echo ours').split('--==');
    expect(parts).toHaveLength(4);
    expect(parts[1]).toContain('echo theirs');
    expect(parts[2]).toMatch(/Content-Type: text\/x-shellscript.*\n\necho ours\n$/);
  });

  test('of a template that comes as a MIME archive still has the instance join', async () => {
    const stage = new Stage({}, { realTypes: true });
    const create = stage.ec2.api.operations.CreateLaunchTemplate!;
    const UserData = Buffer.from(archive).toString('base64');
    void create({ LaunchTemplateName: 'lt', LaunchTemplateData: { UserData } }, CALL);
    const launchTemplate = { launchTemplateName: 'lt' };
    const environment = await stage.environment({ type: 'MANAGED', computeResources: { ...EC2, launchTemplate } });
    const queue = await stage.queue([environment]);
    const id = stage.submit(queue);
    await stage.end(id);
    expect(stage.status(id)).toEqual(['SUCCEEDED']);
  });
});
