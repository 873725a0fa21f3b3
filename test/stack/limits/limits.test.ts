/** Random jobs under both limits on the local AWS, whatever AWS leaves open and whatever happens to the refills. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import { App, CfnOutput, Duration, Size, Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import fc from 'fast-check';
import { BatchCluster, ConcurrencyLimit, ContainerJobDefinition, RateLimit } from '../../../lib';
import { createLocalAws, type LocalAws } from '../../../local/local-aws';
import type { Settings } from '../../../local/settings';
import { LOCAL_JOB } from '../../../workload/local-job';

const MAX = 3;
const STARTS = 4;
const PER = 2;
/** What a job of each definition takes of the two limits. */
const TAKES = {
  Licensed: { licences: 1 },
  Heavy: { licences: 2 },
  Calling: { requests: 1 },
  Both: { licences: 1, requests: 1 },
};
type Kind = keyof typeof TAKES;
const KINDS = Object.keys(TAKES) as Kind[];

function synthesize(): string {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'limits-')) });
  const stack = new Stack(app, 'Stack');
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['us-east-1a'],
    privateSubnetIds: ['subnet-0123456789abcdef0'],
  });
  const cluster = new BatchCluster(stack, 'Cluster', { vpc });
  const queue = cluster.addQueue('Queue', { capacity: [cluster.addFargateCapacity('Fargate', { maxvCpus: 64 })] });
  const licences = new ConcurrencyLimit(stack, 'Licences', { max: MAX });
  const requests = new RateLimit(stack, 'Requests', { starts: STARTS, per: Duration.minutes(PER) });
  for (const [kind, takes] of Object.entries<{ licences?: number; requests?: number }>(TAKES)) {
    const job = new ContainerJobDefinition(stack, kind, {
      image: ecs.ContainerImage.fromRegistry('example/job'),
      vcpus: 1,
      memory: Size.gibibytes(2),
      queues: [queue],
      consumableResources: [
        ...(takes.licences ? [licences.take(takes.licences)] : []),
        ...(takes.requests ? [requests.take(takes.requests)] : []),
      ],
    });
    new CfnOutput(stack, `${kind}Name`, { value: job.jobDefinitionName });
  }
  new CfnOutput(stack, 'QueueName', { value: queue.jobQueueName });
  return app.synth().directory;
}

const ASSEMBLY = synthesize();

interface History {
  readonly settings: Partial<Settings>;
  readonly jobs: readonly {
    at: number;
    kind: Kind;
    size?: number;
    attempts: number;
    fails: boolean;
    runSeconds: number;
  }[];
  readonly faults: { seed: number; fail: number; throttle: number; lose: number; double: number; delaySeconds: number };
}

const HISTORY: fc.Arbitrary<History> = fc.noBias(
  fc.record({
    settings: fc.record({
      dispatch: fc.constantFrom('backfill' as const, 'strict' as const),
      consumableWaitBlocksQueue: fc.boolean(),
      consumableReleasedBetweenAttempts: fc.boolean(),
      nonReplenishableSet: fc.constantFrom('available' as const, 'total' as const),
      consumableLagSeconds: fc.integer({ min: 0, max: 30 }),
      scheduleLatenessSeconds: fc.integer({ min: 0, max: 59 }),
      fargateStartSeconds: fc.integer({ min: 1, max: 60 }),
    }),
    jobs: fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 1200 }),
        kind: fc.constantFrom(...KINDS),
        size: fc.option(fc.integer({ min: 2, max: 8 }), { nil: undefined, freq: 3 }),
        attempts: fc.integer({ min: 1, max: 3 }),
        fails: fc.boolean(),
        runSeconds: fc.integer({ min: 1, max: 300 }),
      }),
      { minLength: 1, maxLength: 15, size: 'max' },
    ),
    faults: fc.record({
      seed: fc.nat(1_000_000),
      fail: fc.constantFrom(0, 0.3),
      throttle: fc.constantFrom(0, 0.5),
      lose: fc.constantFrom(0, 0.3),
      double: fc.constantFrom(0, 0.3),
      delaySeconds: fc.constantFrom(0, 90),
    }),
  }),
);

/** Submits what a history submits, and keeps count of what has been taken. */
class Play {
  private readonly aws: LocalAws;
  private readonly refills: number[] = [];
  private readonly started = new Map<string, { at: number; takes: { requests?: number } }>();
  readonly violations: string[] = [];

  constructor(private readonly history: History) {
    this.aws = createLocalAws({ settings: history.settings });
  }

  async run(): Promise<void> {
    const { aws, history } = this;
    const [stack] = await aws.deploy(ASSEMBLY);
    const clock = aws.virtualClock!;
    const start = clock.now();
    this.refills.push(start);
    aws.calls.onCall(({ operation, outcome, time }) => {
      if (operation === 'UpdateConsumableResource' && outcome === 'ok') this.refills.push(time);
    });
    const { seed, fail, throttle, ...events } = history.faults;
    const updates = (rate: number) => ({ 'batch:UpdateConsumableResource': rate });
    aws.setFaults({ seed, fail: updates(fail), throttle: updates(throttle), events });
    const batch = aws.client(BatchClient);
    const plan = [...history.jobs].sort((a, b) => a.at - b.at);
    for (const { at, kind, size, attempts, fails, runSeconds } of plan) {
      await clock.runUntilHolds(() => this.look(), start + at * 1000);
      await batch.send(
        new SubmitJobCommand({
          jobName: kind,
          jobQueue: stack!.outputs['QueueName'],
          jobDefinition: stack!.outputs[`${kind}Name`],
          retryStrategy: { attempts },
          ...(size !== undefined && { arrayProperties: { size } }),
          containerOverrides: {
            environment: [
              {
                name: LOCAL_JOB,
                value: JSON.stringify({ attempts: [{ startSeconds: 1, runSeconds, exitCode: fails ? 1 : 0 }] }),
              },
            ],
          },
        }),
      );
    }
    const all = await clock.runUntilHolds(() => this.look() || this.over(), start + 48 * 3600 * 1000);
    if (!all || !this.over()) this.violations.push('not every job has ended within two days');
    this.checkRate();
  }

  private over(): boolean {
    return [...this.aws.services.batch.jobs()].every(({ status }) => status === 'SUCCEEDED' || status === 'FAILED');
  }

  /** Counts what is taken at this instant. @returns false, so that it is looked at again */
  private look(): false {
    let taken = 0;
    for (const { id, name, status, attempts, arraySize } of this.aws.services.batch.jobs()) {
      if (arraySize !== undefined || (status !== 'STARTING' && status !== 'RUNNING')) continue;
      const takes: { licences?: number; requests?: number } = TAKES[name as Kind];
      taken += takes.licences ?? 0;
      const { consumableReleasedBetweenAttempts: again } = this.history.settings;
      const key = again ? `${id} ${attempts}` : id;
      if (!this.started.has(key)) this.started.set(key, { at: this.aws.clock.now(), takes });
    }
    if (taken > MAX) this.violations.push(`${taken} licences are taken at ${this.aws.clock.now()}`);
    return false;
  }

  /** Between one refill and the next there are never more starts than the rate. */
  private checkRate(): void {
    this.refills.forEach((refill, index) => {
      const until = this.refills[index + 1] ?? Infinity;
      const starts = [...this.started.values()]
        .filter(({ at }) => at >= refill && at < until)
        .reduce((sum, { takes }) => sum + (takes.requests ?? 0), 0);
      if (starts > STARTS) this.violations.push(`${starts} starts from ${refill} to ${until}`);
    });
  }
}

test('never more than the limit run, never more start between two refills than the rate, and all end', async () => {
  await fc.assert(
    fc.asyncProperty(HISTORY, async (history) => {
      const play = new Play(history);
      await play.run();
      expect(play.violations).toEqual([]);
    }),
    { numRuns: Number(process.env.LIMIT_HISTORIES ?? 25), seed: 1, endOnFailure: true },
  );
});
