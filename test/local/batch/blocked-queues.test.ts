import { Stage, asking } from './stage';

const MANAGED = {
  type: 'EC2' as const,
  allocationStrategy: 'BEST_FIT_PROGRESSIVE' as const,
  maxvCpus: 4,
  instanceTypes: ['c5.large', 'g4dn.2xlarge'],
  instanceRole: 'role',
  subnets: ['subnet-1'],
  securityGroupIds: ['sg-1'],
};
const REQUIREMENT =
  'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.';
const MAXIMUM =
  'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - CE(s) associated with the job queue cannot meet the CPU requirement of the job.';

const blockedEvents = (stage: Stage, id: string) => stage.eventsOf(id, 'Batch Job Queue Blocked');

test('a job at the head that no connected instance can hold says so, once, in its status reason and an event', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(4);
  const id = stage.submit(queue, asking(5, 1024));
  await stage.advance(300);
  expect(stage.job(id)).toMatchObject({ status: 'RUNNABLE', statusReason: REQUIREMENT });
  const events = blockedEvents(stage, id);
  expect(events).toHaveLength(1);
  expect(events[0]!.resources).toEqual([stage.job(id).jobArn, stage.queueDetail(queue).jobQueueArn]);
  expect(events[0]!.detail).toMatchObject({ jobId: id, status: 'RUNNABLE', statusReason: REQUIREMENT });
});

test('it is taken back when a fitting instance comes', async () => {
  const stage = new Stage();
  const { environment, queue } = await stage.small(4);
  const [id, next] = [stage.submit(queue, asking(5, 1024)), stage.submit(queue, asking(5, 1024))];
  await stage.advance(120);
  await stage.instance(environment, 8);
  expect(stage.job(id).statusReason).toBeUndefined();
  await stage.advance(60);
  expect(stage.job(next).statusReason).toBeUndefined();
});

test('a job that only waits for its turn says nothing', async () => {
  const stage = new Stage();
  const { queue } = await stage.small(1);
  stage.submit(queue, {}, { attempts: [{ runSeconds: 3000 }] });
  const waiting = stage.submit(queue);
  await stage.advance(600);
  expect(stage.job(waiting).statusReason).toBeUndefined();
  expect(blockedEvents(stage, waiting)).toEqual([]);
});

test('a job above the maximum of all environments says so, one that no type holds too', async () => {
  const stage = new Stage({}, { realTypes: true });
  const environment = await stage.environment({ type: 'MANAGED', computeResources: MANAGED });
  const queue = await stage.queue([environment]);
  const id = stage.submit(queue, asking(6, 1024));
  await stage.advance(61);
  expect(stage.job(id).statusReason).toBe(MAXIMUM);
  stage.call('CancelJob', { jobId: id, reason: 'r' });
  const large = stage.submit(queue, asking(2, 1_000_000));
  await stage.advance(61);
  expect(stage.job(large).statusReason).toBe(REQUIREMENT);
});

test('environments that cannot for different reasons leave the cause undetermined', async () => {
  const stage = new Stage({}, { realTypes: true });
  const managed = await stage.environment({ type: 'MANAGED', computeResources: MANAGED });
  const queue = await stage.queue([managed, await stage.environment()]);
  const id = stage.submit(queue, asking(6, 1024));
  await stage.advance(61);
  expect(stage.job(id).statusReason).toBe('UNDETERMINED - Batch job is blocked, root cause is undetermined.');
});

test('jobStateTimeLimitActions cancel the job at the head, and only for their reason', async () => {
  const stage = new Stage();
  const { environment } = await stage.small(4);
  const action = (reason: string, maxTimeSeconds: number) => ({
    reason,
    maxTimeSeconds,
    state: 'RUNNABLE' as const,
    action: 'CANCEL' as const,
  });
  const queue = await stage.queue([environment], {
    jobStateTimeLimitActions: [
      action('CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY', 600),
      action('MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT', 1200),
    ],
  });
  const [first, second] = [stage.submit(queue, asking(5, 1024)), stage.submit(queue, asking(5, 1024))];
  await stage.advance(1200);
  expect(stage.status(first, second)).toEqual(['RUNNABLE', 'RUNNABLE']);
  await stage.advance(120);
  expect(stage.job(first)).toMatchObject({
    status: 'FAILED',
    statusReason: 'Canceled by JobStateTimeLimit action due to reason: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    isCancelled: true,
  });
  expect(stage.status(second)).toEqual(['RUNNABLE']);
  await stage.advance(1320);
  expect(stage.status(second)).toEqual(['FAILED']);
});
