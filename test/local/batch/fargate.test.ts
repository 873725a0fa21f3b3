import { Stage, requirements } from './stage';

async function fargate(type: 'FARGATE' | 'FARGATE_SPOT' = 'FARGATE', settings = {}) {
  const stage = new Stage(settings);
  const environment = await stage.environment({
    type: 'MANAGED',
    computeResources: { type, maxvCpus: 2, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
  });
  const queue = await stage.queue([environment]);
  const jobDefinition = stage.define(
    { executionRoleArn: 'arn:aws:iam::123456789012:role/e', resourceRequirements: requirements(1, 2048) },
    { platformCapabilities: ['FARGATE'] },
  );
  return { stage, environment, queue, jobDefinition };
}

test('jobs need no instances: a task starts after its machine is there', async () => {
  const { stage, queue, jobDefinition } = await fargate();
  expect(stage.queueDetail(queue).jobQueueType).toBe('ECS_FARGATE');
  const id = stage.submit(queue, { jobDefinition });
  await stage.advance(34);
  expect(stage.status(id)).toEqual(['STARTING']);
  const [job] = await stage.end(id);
  expect(job!.startedAt! - job!.createdAt!).toBe(35_000);
  expect(job!.container!.taskArn).toMatch(/:task\//);
  expect(job!.container!.containerInstanceArn).toBeUndefined();
  expect(job!.platformCapabilities).toEqual(['FARGATE']);
});

test('as many run as the maximum has vCPUs', async () => {
  const { stage, queue, jobDefinition } = await fargate();
  const ids = [1, 2, 3].map(() => stage.submit(queue, { jobDefinition }));
  await stage.advance(1);
  expect(stage.status(...ids)).toEqual(['STARTING', 'STARTING', 'RUNNABLE']);
  await stage.end(...ids);
});

test('a Fargate Spot task that is reclaimed says so', async () => {
  const { stage, queue, jobDefinition } = await fargate('FARGATE_SPOT');
  const id = stage.submit(queue, { jobDefinition }, { attempts: [{ hostTerminated: true }] });
  const [job] = await stage.end(id);
  expect(job).toMatchObject({ status: 'FAILED', statusReason: 'Your Spot Task was interrupted.' });
});

test('an environment that is deleted with active jobs becomes INVALID', async () => {
  const { stage, environment, queue, jobDefinition } = await fargate();
  const id = stage.submit(queue, { jobDefinition });
  await stage.advance(1);
  stage.call('UpdateComputeEnvironment', { computeEnvironment: environment, state: 'DISABLED' });
  const other = await stage.environment({
    type: 'MANAGED',
    computeResources: { type: 'FARGATE', maxvCpus: 2, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
  });
  stage.call('UpdateJobQueue', { jobQueue: queue, computeEnvironmentOrder: [{ order: 1, computeEnvironment: other }] });
  await stage.advance(1);
  stage.call('DeleteComputeEnvironment', { computeEnvironment: environment });
  expect(stage.environmentDetail(environment).status).toBe('INVALID');
  await stage.end(id);
  stage.call('DeleteComputeEnvironment', { computeEnvironment: environment });
  await stage.advance(1);
  expect(stage.environmentDetail(environment)).toBeUndefined();
});
