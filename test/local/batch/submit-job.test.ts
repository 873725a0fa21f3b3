import * as fc from 'fast-check';
import type { JobRunner } from '../../../local/batch/execution/job-runner';
import { substituted } from '../../../local/batch/submission/parameters';
import { Stage, asking, requirements } from './stage';

const FARGATE = {
  type: 'MANAGED' as const,
  computeResources: { type: 'FARGATE' as const, maxvCpus: 16, subnets: ['subnet-1'], securityGroupIds: ['sg-1'] },
};

async function queued(): Promise<{ stage: Stage; queue: string }> {
  const stage = new Stage();
  return { stage, queue: (await stage.small()).queue };
}

describe('parameters', () => {
  test('of the submission go before those of the definition, and what has none stays', async () => {
    const { stage, queue } = await queued();
    const command = ['ffmpeg', '-i', 'Ref::input', '-c', 'Ref::codec', '--to=Ref::output', 'Ref::missing'];
    const jobDefinition = stage.define({ command }, { parameters: { codec: 'mp4', input: 'default' } });
    const job = stage.job(stage.submit(queue, { jobDefinition, parameters: { input: 'a.mov', output: 'b' } }));
    expect(job.container!.command).toEqual(['ffmpeg', '-i', 'a.mov', '-c', 'mp4', '--to=b', 'Ref::missing']);
    expect(job.parameters).toEqual({ codec: 'mp4', input: 'a.mov', output: 'b' });
  });

  test('are put into an overridden command too', async () => {
    const { stage, queue } = await queued();
    const id = stage.submit(queue, { parameters: { x: '1' }, containerOverrides: { command: ['echo', 'Ref::x'] } });
    expect(stage.job(id).container!.command).toEqual(['echo', '1']);
  });

  test('may be shown as they were written, as the setting says', async () => {
    const stage = new Stage({ commandShownSubstituted: false });
    const { queue } = await stage.small();
    const jobDefinition = stage.define({ command: ['echo', 'Ref::x'] });
    const id = stage.submit(queue, { jobDefinition, parameters: { x: '1' } });
    expect(stage.job(id).container!.command).toEqual(['echo', 'Ref::x']);
  });

  test('are put in once: what a value says is not a placeholder', () => {
    expect(substituted(['Ref::ab Ref::a'], { a: 'Ref::ab', ab: 'two' })).toEqual(['two Ref::ab']);
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z-]{1,5}$/), fc.string()), (parameters) => {
        const names = Object.keys(parameters);
        expect(
          substituted(
            names.map((name) => `Ref::${name}`),
            parameters,
          ),
        ).toEqual(Object.values(parameters));
      }),
    );
  });
});

describe('overrides', () => {
  test('of the container go over the definition: command, variables and resources by their names', async () => {
    const { stage, queue } = await queued();
    const jobDefinition = stage.define({
      command: ['a'],
      environment: [
        { name: 'KEPT', value: '1' },
        { name: 'CHANGED', value: '1' },
      ],
      resourceRequirements: requirements(1, 1024),
    });
    const containerOverrides = {
      command: ['b', 'c'],
      environment: [
        { name: 'CHANGED', value: '2' },
        { name: 'NEW', value: '3' },
      ],
      resourceRequirements: [{ type: 'MEMORY' as const, value: '2048' }],
    };
    const { container } = stage.job(stage.submit(queue, { jobDefinition, containerOverrides }));
    expect(container).toMatchObject({ command: ['b', 'c'], resourceRequirements: requirements(1, 2048) });
    expect(container!.environment).toEqual([
      { name: 'KEPT', value: '1' },
      { name: 'CHANGED', value: '2' },
      { name: 'NEW', value: '3' },
    ]);
  });

  test('in the deprecated vcpus and memory do nothing to resourceRequirements', async () => {
    const { stage, queue } = await queued();
    const newer = stage.define();
    const older = stage.define({ resourceRequirements: [], vcpus: 1, memory: 512 });
    const containerOverrides = { vcpus: 2, memory: 4096 };
    const inNewer = stage.submit(queue, { jobDefinition: newer, containerOverrides });
    const inOlder = stage.submit(queue, { jobDefinition: older, containerOverrides });
    expect(stage.job(inNewer).container!.resourceRequirements).toEqual(requirements(1, 1024));
    expect(stage.job(inNewer).container!.vcpus).toBeUndefined();
    expect(stage.job(inOlder).container).toMatchObject({ vcpus: 2, memory: 4096 });
    const { queue: narrow } = await stage.small(1);
    const waits = stage.submit(narrow, { jobDefinition: older, containerOverrides });
    await stage.advance(5);
    expect(stage.status(waits)).toEqual(['RUNNABLE']);
  });

  test('of retries, timeout, tags, priority and propagation go over the definition', async () => {
    const { stage, queue } = await queued();
    const jobDefinition = stage.define(
      {},
      {
        retryStrategy: { attempts: 2 },
        timeout: { attemptDurationSeconds: 100 },
        propagateTags: true,
        tags: { of: 'definition' },
      },
    );
    const plain = stage.job(stage.submit(queue, { jobDefinition }));
    expect(plain).toMatchObject({
      retryStrategy: { attempts: 2, evaluateOnExit: [] },
      timeout: { attemptDurationSeconds: 100 },
      propagateTags: true,
      tags: {},
    });
    const retryStrategy = { attempts: 3, evaluateOnExit: [{ action: 'EXIT' as const, onExitCode: '1' }] };
    const overridden = stage.job(
      stage.submit(queue, {
        jobDefinition,
        retryStrategy,
        timeout: { attemptDurationSeconds: 60 },
        propagateTags: false,
        tags: { a: 'b' },
      }),
    );
    expect(overridden).toMatchObject({
      retryStrategy,
      timeout: { attemptDurationSeconds: 60 },
      propagateTags: false,
      tags: { a: 'b' },
    });
  });

  test('of a job with several containers go to the container that is named', async () => {
    const { stage, queue } = await queued();
    const containers = ['main', 'side'].map((name) => ({
      name,
      image: 'i',
      command: [name],
      essential: name === 'main',
      resourceRequirements: requirements(1, 512),
    }));
    const jobDefinition = stage.define(
      {},
      { containerProperties: undefined, ecsProperties: { taskProperties: [{ containers }] } },
    );
    const override = (name: string) => ({
      jobDefinition,
      ecsPropertiesOverride: { taskProperties: [{ containers: [{ name, command: ['other'] }] }] },
    });
    const [job] = await stage.end(stage.submit(queue, override('main')));
    const [task] = job!.ecsProperties!.taskProperties!;
    expect(job!.container).toBeUndefined();
    expect(task!.containers!.map(({ command, exitCode }) => ({ command, exitCode }))).toEqual([
      { command: ['other'], exitCode: 0 },
      { command: ['side'], exitCode: undefined },
    ]);
    expect(job!.attempts![0]!.taskProperties![0]).toMatchObject({
      taskArn: task!.taskArn,
      containerInstanceArn: task!.containerInstanceArn,
      containers: [{ name: 'main', exitCode: 0 }, { name: 'side' }],
    });
    expect(stage.refusal('SubmitJob', { jobName: 'j', jobQueue: queue, ...override('none') })).toContain(
      'no container named none',
    );
  });

  test('with several containers add up to what the job needs', async () => {
    const { stage } = await queued();
    const { queue } = await stage.small(2);
    const containers = ['a', 'b', 'c'].map((name) => ({
      name,
      image: 'i',
      resourceRequirements: requirements(1, 512),
    }));
    const jobDefinition = stage.define(
      {},
      { containerProperties: undefined, ecsProperties: { taskProperties: [{ containers }] } },
    );
    const id = stage.submit(queue, { jobDefinition });
    await stage.advance(5);
    expect(stage.status(id)).toEqual(['RUNNABLE']);
  });
});

test.each([
  ['a job name that begins with a hyphen', { jobName: '-j' }, 'Job name should match valid pattern'],
  ['a job name of 129 characters', { jobName: 'j'.repeat(129) }, 'Job name should match valid pattern'],
  ['an array of 1', { arrayProperties: { size: 1 } }, 'between 2 and 10000'],
  ['an array of 10,001', { arrayProperties: { size: 10_001 } }, 'between 2 and 10000'],
  ['a queue that does not exist', { jobQueue: 'none' }, 'none does not exist'],
  ['a definition that does not exist', { jobDefinition: 'none' }, 'none does not exist'],
  ['a timeout below 60 s', { timeout: { attemptDurationSeconds: 5 } }, 'at least 60'],
  ['50 attempts', { retryStrategy: { attempts: 50 } }, 'between 1 and 10'],
  [
    'a reserved variable',
    { containerOverrides: { environment: [{ name: 'AWS_BATCH_JOB_ID', value: 'x' }] } },
    'reserved',
  ],
  ['an empty word in a command', { containerOverrides: { command: [''] } }, 'cannot contain an empty string'],
  ['half a GPU', { containerOverrides: { resourceRequirements: [{ type: 'GPU', value: '0.5' }] } }, 'whole number'],
  ['a share identifier without a policy', { shareIdentifier: 'a' }, 'has no scheduling policy'],
  ['21 dependencies', { dependsOn: Array.from({ length: 21 }, () => ({ jobId: 'x' })) }, 'at most 20'],
  ['a dependency without a job', { dependsOn: [{}] }, 'needs a jobId'],
  [
    'a dependency that does not exist',
    { dependsOn: [{ jobId: '00000000-0000-4000-a000-000000000000' }] },
    'does not exist',
  ],
  ['SEQUENTIAL without an array', { dependsOn: [{ type: 'SEQUENTIAL' }] }, 'is for array jobs'],
  ['multi-node overrides', { nodeOverrides: { numNodes: 2 } }, 'no multi-node'],
  ['more than 30 KiB', { parameters: { x: 'y'.repeat(31_000) } }, 'at most 30720 bytes'],
  [
    '51 tags',
    { tags: Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, ''])) },
    'at most 50 tags',
  ],
  [
    'a LOCAL_JOB that cannot be read',
    { containerOverrides: { environment: [{ name: 'LOCAL_JOB', value: '{' }] } },
    'LOCAL_JOB is not JSON',
  ],
])('%s is refused', async (_, input, message) => {
  const { stage, queue } = await queued();
  const request = { jobName: 'j', jobQueue: queue, jobDefinition: stage.define(), ...input };
  expect(stage.refusal('SubmitJob', request)).toContain(message);
});

test('the platform of the definition has to be that of the queue', async () => {
  const { stage, queue } = await queued();
  const fargateQueue = await stage.queue([await stage.environment(FARGATE)]);
  const fargate = stage.define(
    { executionRoleArn: 'arn:aws:iam::123456789012:role/e', resourceRequirements: requirements(1, 2048) },
    { platformCapabilities: ['FARGATE'] },
  );
  const submit = (jobQueue: string, jobDefinition: string, more: object = {}) =>
    stage.refusal('SubmitJob', { jobName: 'j', jobQueue, jobDefinition, ...more });
  expect(submit(queue, fargate)).toContain('is for Fargate');
  expect(submit(fargateQueue, stage.define())).toContain('is for EC2');
  const odd = { containerOverrides: { resourceRequirements: [{ type: 'MEMORY', value: '777' }] } };
  expect(submit(fargateQueue, fargate, odd)).toContain('Fargate has no MEMORY 777 with VCPU 1');
});

test('a repeated submission makes a second job: there is no client token', async () => {
  const { stage, queue } = await queued();
  const [first, second] = [stage.submit(queue), stage.submit(queue)];
  expect(first).not.toBe(second);
});

test('more than 50 tags of job and definition to propagate fail the job', async () => {
  const { stage, queue } = await queued();
  const tags = (prefix: string) =>
    Object.fromEntries(Array.from({ length: 26 }, (_, index) => [`${prefix}${index}`, '']));
  const jobDefinition = stage.define({}, { tags: tags('d'), propagateTags: true });
  const [job] = await stage.end(stage.submit(queue, { jobDefinition, tags: tags('j') }));
  expect(job).toMatchObject({ status: 'FAILED', attempts: [] });
});

/** Runs for ever, and notes what each container finds in its environment. */
function recording(environments: Record<string, string>[]): JobRunner {
  return {
    start: (launch, observer) => {
      environments.push(launch.environment());
      observer.running();
      return { stop: () => {}, abandon: () => {} };
    },
  };
}

test('a container on Fargate is told so', async () => {
  const environments: Record<string, string>[] = [];
  const stage = new Stage({ fargateStartSeconds: 0 }, { runner: recording(environments) });
  const queue = await stage.queue([await stage.environment(FARGATE)]);
  const properties = {
    executionRoleArn: 'arn:aws:iam::123456789012:role/e',
    resourceRequirements: requirements(1, 2048),
  };
  stage.submit(queue, { jobDefinition: stage.define(properties, { platformCapabilities: ['FARGATE'] }) });
  await stage.advance(1);
  expect(environments).toMatchObject([{ AWS_EXECUTION_ENV: 'AWS_ECS_FARGATE' }]);
});

test('the container is told the name of its environment, queue, job and attempt, and of an array its index', async () => {
  const environments: Record<string, string>[] = [];
  const stage = new Stage({}, { runner: recording(environments) });
  const { environment, queue } = await stage.small();
  const own = [{ name: 'AWS_DEFAULT_REGION', value: 'eu-west-1' }];
  const id = stage.submit(queue, { containerOverrides: { environment: own } });
  const parent = stage.submit(queue, { arrayProperties: { size: 2 }, ...asking(1, 512) });
  await stage.advance(1);
  const common = {
    AWS_BATCH_CE_NAME: environment,
    AWS_BATCH_JQ_NAME: queue,
    AWS_BATCH_JOB_ATTEMPT: '1',
    AWS_EXECUTION_ENV: 'AWS_ECS_EC2',
    AWS_REGION: 'us-east-1',
  };
  expect(environments).toEqual([
    // What ECS sets gives way to what the job sets.
    { ...common, AWS_DEFAULT_REGION: 'eu-west-1', AWS_BATCH_JOB_ID: id },
    { ...common, AWS_DEFAULT_REGION: 'us-east-1', AWS_BATCH_JOB_ID: `${parent}:0`, AWS_BATCH_JOB_ARRAY_INDEX: '0' },
    { ...common, AWS_DEFAULT_REGION: 'us-east-1', AWS_BATCH_JOB_ID: `${parent}:1`, AWS_BATCH_JOB_ARRAY_INDEX: '1' },
  ]);
});
