/** What of a rehearsal is decided without playing it. */
import { find } from '../../../cli/rehearse/addresses';
import { leastForWork } from '../../../cli/cost/comparison';
import { fargateUse } from '../../../cli/cost/fargate';
import { pricesOf } from '../../../cli/cost/prices';
import { lacksIn } from '../../../cli/rehearse/shortage';
import { timelineOf } from '../../../cli/report/timeline';
import type { PlayedJob } from '../../../cli/play/play';
import type { Sample } from '../../../cli/report/model';

describe('a resource is named', () => {
  const address = (name: string, ...path: string[]) => ({
    name,
    arn: `arn:aws:batch:::${name}`,
    path,
    logicalId: name.toUpperCase(),
    label: path.at(-1)!,
  });
  const all = [
    address('training-1F2', 'App', 'Cluster', 'Training'),
    address('report:3', 'App', 'Nightly', 'Report'),
    address('audit:1', 'App', 'Nightly', 'Audit'),
  ];

  test.each([
    ['training-1F2', 'by its name'],
    ['arn:aws:batch:::training-1F2', 'by its ARN'],
    ['TRAINING-1F2', 'by its logical id'],
    ['App/Cluster/Training', 'by its path'],
    ['Training', 'by its id'],
    ['Cluster', 'by the id of a construct that has only it'],
  ])('%s: %s', (text) => expect(find('queue', all, text)).toBe(all[0]));

  test('by the name of a definition without its revision', () => expect(find('job', all, 'report')).toBe(all[1]));

  test('and otherwise told of', () => {
    expect(() => find('queue', all, 'Nightly')).toThrow('Nightly may be each of the queues Report, Audit');
    expect(() => find('queue', all, 'none')).toThrow('The app has no queue none; it has Training, Report, Audit');
    expect(() => find('queue', [], 'none')).toThrow(/^The app has no queue none$/);
  });
});

describe('costs are in', () => {
  const fleet = (name: string, vcpus: number, cost?: number) => ({
    name,
    requester: name,
    environment: 'env',
    instanceTypes: [name, `${name}n`],
    capacity: { vcpus, memoryMiB: 1024, gpus: 0 },
    maxInstances: 1,
    cost,
  });
  const figures = ({ unit, pools }: ReturnType<typeof pricesOf>) => [unit, ...pools.map(({ cost }) => cost)];

  test('dollars, where all that is launched has a price: the dearest of its types', () => {
    const prices = new Map([['a', 1], ['an', 2], ['b', 3]]); // prettier-ignore
    expect(figures(pricesOf([fleet('a', 4, 7), fleet('b', 8)], prices))).toEqual(['dollars', 2, 3]);
  });

  test('what pools say, where they say it', () => {
    expect(figures(pricesOf([fleet('a', 4, 0.2), fleet('b', 8, 8)], new Map([['a', 1]])))).toEqual(['cost', 0.2, 8]);
  });

  test('hours of vCPUs, where nobody says it, or not of all', () => {
    expect(figures(pricesOf([fleet('a', 4, 4), fleet('b', 8, 8)]))).toEqual(['vCPU hours', 4, 8]);
    expect(figures(pricesOf([fleet('a', 4, 0.2), fleet('b', 8)]))).toEqual(['vCPU hours', 4, 8]);
    expect(figures(pricesOf([]))).toEqual(['vCPU hours']);
  });
});

describe('Fargate', () => {
  const environments = new Map([['plain', { spot: false }], ['spot', { spot: true }]]); // prettier-ignore
  const job = (environment: string, seconds: number[], more: Partial<PlayedJob> = {}): PlayedJob => ({
    id: 'job',
    name: 'job',
    queue: 'q',
    status: 'SUCCEEDED',
    createdAt: 0,
    vcpus: 2,
    memoryMiB: 4096,
    gpus: 0,
    isArray: false,
    lineage: 'job',
    environment,
    attempts: seconds.map((duration) => ({ startedAt: 1000, stoppedAt: 1000 * (duration + 1) })),
    ...more,
  });
  const prices = new Map([['fargate-vcpu', 0.04], ['fargate-gb', 0.005]]); // prettier-ignore

  test('is paid by the vCPU and the GB, for each attempt, at least a minute', () => {
    const use = fargateUse([job('plain', [1770, 1800]), job('plain', [5])], environments, prices)!;
    expect(use.vcpuHours).toBeCloseTo((2 * (1770 + 1800 + 60)) / 3600);
    expect(use.gbHours).toBeCloseTo(2 * use.vcpuHours);
    expect(use.dollars).toBeCloseTo(use.vcpuHours * 0.04 + use.gbHours * 0.005);
  });

  test('has no cost where a price of what was used is missing', () => {
    const jobs = [job('plain', [3600]), job('spot', [3600])];
    expect(fargateUse(jobs, environments, prices)).toEqual({ vcpuHours: 4, gbHours: 8 });
    const all = new Map([...prices, ['fargate-spot-vcpu', 0.01], ['fargate-spot-gb', 0.001]]); // prettier-ignore
    expect(fargateUse(jobs, environments, all)!.dollars).toBeCloseTo(0.08 + 0.02 + 0.02 + 0.004);
    expect(fargateUse([job('plain', [3600])], environments, new Map([['fargate-vcpu', 1]]))).not.toHaveProperty(
      'dollars',
    );
  });

  test('is not told of where nothing ran there: on instances, as the parent of an array, or not at all', () => {
    const jobs = [job('instances', [60]), job('plain', [60], { isArray: true }), job('plain', [])];
    const never = job('plain', [], { attempts: [{ stoppedAt: 5 }] });
    expect(fargateUse([...jobs, never], environments, prices)).toBeUndefined();
  });
});

describe('no schedule can cost less than', () => {
  const pool = (name: string, vcpus: number, price: number, gpus = 0) => ({
    name,
    vcpus,
    memoryMiB: vcpus * 4096,
    gpus,
    price,
    max: 9,
  });
  const job = (vcpus: number, gpus = 0) => ({ name: 'job', arrival: 0, run: 3600, vcpus, memoryMiB: 1024, gpus });

  test('each job where its part is cheapest, of those pools that hold it', () => {
    const pools = [pool('small', 4, 1), pool('large', 16, 2), pool('gpu', 8, 100, 1)];
    // 2 of the 16 vCPUs that cost 2 an hour, and 16 of them.
    expect(leastForWork([job(2), job(16)], pools)).toBeCloseTo(2.25);
    expect(leastForWork([job(2)], [pool('small', 4, 1)])).toBeCloseTo(0.5);
  });

  test('by the resource that comes to most: a job with the GPU takes the whole of it', () => {
    expect(leastForWork([job(1, 1)], [pool('gpu', 8, 4, 1)])).toBe(4);
  });
});

test('what lasts less than two samples is no shortage: instances boot', () => {
  const sample = (minute: number, vcpus: number): Sample => ({
    time: minute * 60_000,
    jobs: { SUBMITTED: 0, PENDING: 0, RUNNABLE: 0, STARTING: 0, RUNNING: 0 },
    instances: {},
    offered: { vcpus: 0, memoryMiB: 0, gpus: 0 },
    used: { vcpus: 0, memoryMiB: 0, gpus: 0 },
    short: { vcpus, memoryMiB: 0, gpus: 0 },
  });
  const of = (...vcpus: number[]) => lacksIn(vcpus.map((amount, minute) => sample(minute, amount)));
  expect(of(0, 9, 0, 0)).toEqual([]);
  expect(of(0, 9, 4, 4, 0)).toEqual([{ resource: 'VCPU', most: 4, seconds: 120 }]);
});

describe('the timeline is that of the job', () => {
  const job = (id: string, more: Partial<PlayedJob>): PlayedJob => ({
    id,
    name: 'train',
    queue: 'q',
    status: 'SUCCEEDED',
    createdAt: 0,
    startedAt: 10,
    stoppedAt: 20,
    vcpus: 1,
    memoryMiB: 1,
    gpus: 0,
    isArray: false,
    lineage: id,
    attempts: [{ startedAt: 10, stoppedAt: 20 }],
    ...more,
  });

  test('that was submitted again, with each of its attempts', () => {
    const first = job('a', { status: 'FAILED' });
    const attempts = [{ startedAt: 60, stoppedAt: 70 }, { startedAt: 90, stoppedAt: 99 }]; // prettier-ignore
    const second = job('b', { lineage: 'a', createdAt: 50, startedAt: 90, stoppedAt: 99, attempts });
    const slow = job('c', { startedAt: 1000, stoppedAt: 1010 });
    const { title, spans } = timelineOf([slow, first, second])!;
    expect(title).toBe('train of the q queue: 3 attempts in 2 submissions.');
    expect(spans).toEqual([
      { row: '1. attempt 1', state: 'waiting', from: 0, to: 10 },
      { row: '1. attempt 1', state: 'failed', from: 10, to: 20 },
      { row: '2. attempt 1', state: 'waiting', from: 50, to: 60 },
      { row: '2. attempt 1', state: 'failed', from: 60, to: 70 },
      { row: '2. attempt 2', state: 'waiting', from: 70, to: 90 },
      { row: '2. attempt 2', state: 'succeeded', from: 90, to: 99 },
    ]);
  });

  test('that waited longest, where none took two attempts', () => {
    const { title } = timelineOf([job('a', {}), job('b', { startedAt: 61_000, stoppedAt: 62_000 })])!;
    expect(title).toBe('The job of the q queue that waited longest: 1 min 1 s before it ran.');
  });

  test('and none, where none ran', () => expect(timelineOf([job('a', { startedAt: undefined })])).toBeUndefined());
});
