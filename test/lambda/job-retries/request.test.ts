import type { JobDefinition, JobDetail, RetryStrategy, SubmitJobRequest } from '@aws-sdk/client-batch';
import fc from 'fast-check';
import { type Changes, NotRestorable, rebuild } from '../../../lambda/job-retries/request';
import { Stage } from '../../local/batch/stage';
import { definition, job, QUEUE, requirements } from './jobs';

const AGAIN: Changes = { root: 'root', attempt: 2, jobQueue: QUEUE };

describe('what is submitted again is what was submitted', () => {
  const word = fc.constantFrom('run', '--in=Ref::input', 'Ref::output', 'Ref::nothing', 'x');
  const value = fc.constantFrom('1', 'a b', 's3://bucket', 'Ref::output');
  const variables = fc.uniqueArray(fc.record({ name: fc.constantFrom('A', 'B', 'LONG_NAME'), value }), {
    selector: ({ name }) => name,
  });
  const parameters = fc.dictionary(fc.constantFrom('input', 'output'), value);
  const amounts = fc.tuple(fc.constantFrom('1', '2', '4'), fc.constantFrom('512', '1024', '2048'));
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const retryStrategy = fc.constantFrom<RetryStrategy>(
    { attempts: 3 },
    { attempts: 2, evaluateOnExit: [{ action: 'EXIT', onExitCode: '1' }] },
  );
  const containers = fc.record({
    command: optional(fc.array(word, { minLength: 1 })),
    environment: variables,
    amounts,
  });

  const defined = fc.record({
    containers,
    parameters,
    retryStrategy: optional(retryStrategy),
    timeout: optional(fc.constant({ attemptDurationSeconds: 600 })),
    propagateTags: optional(fc.boolean()),
    tags: fc.constantFrom<Record<string, string>>({}, { team: 'a' }),
  });
  const submitted = fc.record({
    overrides: optional(containers),
    parameters,
    retryStrategy: optional(retryStrategy),
    timeout: optional(fc.constant({ attemptDurationSeconds: 120 })),
    propagateTags: optional(fc.boolean()),
    tags: fc.constantFrom<Record<string, string>>({}, { team: 'b', run: '7' }),
    size: optional(fc.constantFrom(2, 5)),
  });

  test.each([true, false])('where AWS Batch shows commands with their parameters: %s', async (shown) => {
    const stage = new Stage({ commandShownSubstituted: shown });
    const queue = (await stage.small()).queue;
    fc.assert(
      fc.property(defined, submitted, fc.boolean(), (d, s, severalContainers) => {
        const arn = register(stage, d, severalContainers);
        const first = submit(stage, queue, arn, s, severalContainers);
        const { jobDefinitions } = stage.call<{ jobDefinitions: JobDefinition[] }>('DescribeJobDefinitions', {
          jobDefinitions: [arn],
        });
        let request;
        try {
          request = rebuild(first, jobDefinitions[0]!, { ...AGAIN, jobQueue: first.jobQueue! });
        } catch (error) {
          // The one thing that cannot be told from what is shown.
          expect(error).toBeInstanceOf(NotRestorable);
          expect(Object.values(first.parameters!).some((text) => text.includes('Ref::'))).toBe(true);
          return;
        }
        const { jobId } = stage.call<{ jobId: string }>('SubmitJob', request);
        const second = stage.job(jobId);
        expect(comparable(second)).toEqual(comparable(first));
      }),
      { numRuns: 150 },
    );
  });

  interface Containers {
    readonly command?: string[];
    readonly environment: { name: string; value: string }[];
    readonly amounts: [string, string];
  }

  function register(
    stage: Stage,
    { containers: main, ...rest }: typeof defined extends fc.Arbitrary<infer D> ? D : never,
    several: boolean,
  ) {
    const container = (one: Containers) => ({
      image: 'busybox',
      environment: one.environment,
      resourceRequirements: requirements(...one.amounts),
      ...(one.command && { command: one.command }),
    });
    const { jobDefinitionArn } = stage.call<{ jobDefinitionArn: string }>('RegisterJobDefinition', {
      jobDefinitionName: 'd',
      type: 'container',
      ...rest,
      ...(several
        ? {
            ecsProperties: {
              taskProperties: [
                {
                  containers: [
                    { name: 'main', essential: true, ...container(main) },
                    { name: 'side', essential: false, ...container({ environment: [], amounts: ['1', '512'] }) },
                  ],
                },
              ],
            },
          }
        : { containerProperties: container(main) }),
    });
    return jobDefinitionArn;
  }

  function submit(
    stage: Stage,
    jobQueue: string,
    jobDefinition: string,
    { overrides, size, ...rest }: typeof submitted extends fc.Arbitrary<infer S> ? S : never,
    several: boolean,
  ): JobDetail {
    const override = overrides && {
      environment: overrides.environment,
      resourceRequirements: requirements(...overrides.amounts),
      ...(overrides.command && { command: overrides.command }),
    };
    const request: SubmitJobRequest = {
      jobName: 'j',
      jobQueue,
      jobDefinition,
      ...rest,
      ...(size !== undefined && { arrayProperties: { size } }),
      ...(override &&
        (several
          ? { ecsPropertiesOverride: { taskProperties: [{ containers: [{ name: 'main', ...override }] }] } }
          : { containerOverrides: override })),
    };
    return stage.job(stage.call<{ jobId: string }>('SubmitJob', request).jobId);
  }

  /** Without what is a job's own, and what this library adds. */
  function comparable(detail: JobDetail): object {
    const {
      jobId: _id,
      jobArn: _arn,
      createdAt: _at,
      tags,
      container,
      ecsProperties,
      ...rest
    } = structuredClone(detail);
    const own = Object.entries(tags!).filter(([name]) => !name.startsWith('batch-foreman:'));
    const withoutOurs = <C extends { environment?: { name?: string; value?: string }[] }>(one: C) => ({
      ...one,
      environment: (one.environment ?? [])
        .filter(({ name }) => !name!.startsWith('FOREMAN_'))
        .sort((a, b) => (a.name! < b.name! ? -1 : 1)),
    });
    return {
      ...rest,
      tags: Object.fromEntries(own),
      container: container && withoutOurs(container),
      containers: ecsProperties?.taskProperties?.[0]?.containers?.map(withoutOurs),
    };
  }
});

describe('what cannot be submitted as it was is refused', () => {
  test.each<[string, Partial<JobDetail>, Partial<JobDefinition>, string]>([
    [
      'a multi-node parallel job',
      { nodeProperties: { numNodes: 2, mainNode: 0, nodeRangeProperties: [] } },
      {},
      'multi-node',
    ],
    ['a job on Amazon EKS', { eksProperties: {} }, {}, 'EKS'],
    [
      'a command that was overridden, where a parameter has a placeholder in its value',
      { container: { command: ['other'], resourceRequirements: [] }, parameters: { a: 'Ref::b' } },
      {},
      'Ref::',
    ],
    [
      'consumable resources that were taken away from the definition',
      {},
      { consumableResourceProperties: { consumableResourceList: [{ consumableResource: 'licence', quantity: 1 }] } },
      'consumable resources',
    ],
    [
      'a container that the definition does not have',
      { container: undefined, ecsProperties: { taskProperties: [{ containers: [{ name: 'x' }] }] } },
      {},
      'no container x',
    ],
    [
      'more tags than there may be',
      { tags: Object.fromEntries(Array.from({ length: 49 }, (_, n) => [`t${n}`, ''])) },
      {},
      '50 tags',
    ],
    [
      'more tags than may be propagated, with those of the definition',
      { propagateTags: true, tags: Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`t${n}`, ''])) },
      { tags: Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`d${n}`, ''])) },
      '50 tags',
    ],
  ])('%s', (_, detail, defined, message) => {
    const act = () => rebuild(job(detail), definition(defined), AGAIN);
    expect(act).toThrow(NotRestorable);
    expect(act).toThrow(message);
  });

  test('more failed children than their indexes fit into a request', () => {
    const indexes = Array.from({ length: 9_999 }, (_, index) => index + 1);
    const act = () => rebuild(job(), definition(), { ...AGAIN, children: { indexes, size: 10_000 } });
    expect(act).toThrow('with the 9999 array indexes that failed; AWS Batch takes 30720');
  });
});

describe('changes', () => {
  test('the job says which lineage it is of, and finds its number in its environment', () => {
    const request = rebuild(job({ tags: { team: 'a', 'aws:batch:x': 'y' } }), definition(), AGAIN);
    expect(request.tags).toEqual({ team: 'a', 'batch-foreman:lineage': 'root', 'batch-foreman:attempt': '2' });
    expect(request.containerOverrides?.environment).toEqual([{ name: 'FOREMAN_ATTEMPT', value: '2' }]);
  });

  test('variables of AWS Batch itself are not handed on, and those of the last time are not kept', () => {
    const environment = [
      { name: 'AWS_BATCH_JOB_ID', value: 'x' },
      { name: 'FOREMAN_ATTEMPT', value: '2' },
    ];
    const shown = { ...job().container, environment };
    const request = rebuild(job({ container: shown }), definition(), { ...AGAIN, attempt: 3 });
    expect(request.containerOverrides?.environment).toEqual([{ name: 'FOREMAN_ATTEMPT', value: '3' }]);
  });

  const from = { vcpus: 1, memoryMiB: 2048, gpus: 0 };
  const to = { vcpus: 2, memoryMiB: 4096, gpus: 0 };

  test('more of a resource is asked for where it was asked for', () => {
    const request = rebuild(job(), definition(), { ...AGAIN, resources: { from, to } });
    expect(request.containerOverrides?.resourceRequirements).toEqual(requirements('2', '4096'));
  });

  test('also where the definition says it in members that are deprecated', () => {
    const old = { vcpus: 1, memory: 2048, resourceRequirements: [] };
    const request = rebuild(job({ container: old }), definition({ containerProperties: old }), {
      ...AGAIN,
      resources: { from, to },
    });
    expect(request.containerOverrides).toMatchObject({ vcpus: 2, memory: 4096 });
    expect(request.containerOverrides?.resourceRequirements).toBeUndefined();
  });

  test('of several containers the one that failed gets it', () => {
    const resourceRequirements = requirements('1', '1024');
    const containers = ['main', 'side'].map((name) => ({ name, image: 'busybox', resourceRequirements }));
    const several = { ecsProperties: { taskProperties: [{ containers }] } };
    const request = rebuild(
      job({ ...several, container: undefined }),
      definition({ ...several, containerProperties: undefined }),
      { ...AGAIN, resources: { from, to, container: 'side' } },
    );
    const overrides = request.ecsPropertiesOverride!.taskProperties![0]!.containers!;
    expect(overrides.find(({ name }) => name === 'side')?.resourceRequirements).toEqual(requirements('2', '3072'));
    expect(overrides.find(({ name }) => name === 'main')?.resourceRequirements).toBeUndefined();
  });

  test('an array of the children that failed, which find their indexes in the environment', () => {
    const array = job({ arrayProperties: { size: 1000 } });
    const request = rebuild(array, definition(), { ...AGAIN, children: { indexes: [17, 230, 999], size: 1000 } });
    expect(request.arrayProperties).toEqual({ size: 3 });
    expect(request.containerOverrides?.environment).toContainEqual({
      name: 'FOREMAN_ARRAY_INDEX',
      value: '17,230,999',
    });
    expect(request.containerOverrides?.environment).toContainEqual({ name: 'FOREMAN_ARRAY_SIZE', value: '1000' });
  });

  test('a single child that failed is no array: AWS Batch has none of one', () => {
    const array = job({ arrayProperties: { size: 1000 } });
    const request = rebuild(array, definition(), { ...AGAIN, children: { indexes: [17], size: 1000 } });
    expect(request.arrayProperties).toBeUndefined();
  });

  test('the share, its priority and the limit of an attempt', () => {
    const shared = job({ shareIdentifier: 'a', schedulingPriority: 7, timeout: { attemptDurationSeconds: 60 } });
    expect(rebuild(shared, definition(), { ...AGAIN, timeoutSeconds: 120 })).toMatchObject({
      shareIdentifier: 'a',
      schedulingPriorityOverride: 7,
      timeout: { attemptDurationSeconds: 120 },
    });
  });
});
