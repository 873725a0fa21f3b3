/** Whatever is submitted, stopped and lost: what must hold of all jobs together. */
import * as fc from 'fast-check';
import type { Settings } from '../../../local/settings';
import type { AttemptInput } from '../../../workload/local-job';
import { Stage, asking } from './stage';

type Step =
  | {
      kind: 'submit';
      vcpus: number;
      memory: number;
      array: number;
      attempts: AttemptInput[];
      retries: number;
      sequential: boolean;
    }
  | { kind: 'depend'; on: number; nToN: boolean }
  | { kind: 'cancel' | 'terminate'; job: number }
  | { kind: 'launch'; vcpus: number }
  | { kind: 'lose'; instance: number }
  | { kind: 'wait'; seconds: number };

const attempt = fc.record(
  {
    startSeconds: fc.nat(20),
    runSeconds: fc.nat(200),
    exitCode: fc.constantFrom(0, 0, 1),
    hostTerminated: fc.constantFrom(false, false, true),
    peakMemoryMiB: fc.constantFrom(0, 100_000),
  },
  { requiredKeys: [] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('submit' as const),
    vcpus: fc.constantFrom(1, 2, 4, 8),
    memory: fc.constantFrom(512, 4096, 9000),
    array: fc.constantFrom(0, 0, 0, 2, 5),
    attempts: fc.array(attempt, { minLength: 1, maxLength: 3 }),
    retries: fc.integer({ min: 1, max: 3 }),
    sequential: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('depend' as const), on: fc.nat(100), nToN: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('cancel' as const, 'terminate' as const), job: fc.nat(100) }),
  fc.record({ kind: fc.constant('launch' as const), vcpus: fc.constantFrom(2, 4, 8) }),
  fc.record({ kind: fc.constant('lose' as const), instance: fc.nat(100) }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.nat(100) }),
);

const settings: fc.Arbitrary<Partial<Settings>> = fc.record({
  dispatch: fc.constantFrom('backfill' as const, 'strict' as const),
  arrayChildrenPublishEvents: fc.constant(true),
  listLagSeconds: fc.constantFrom(0, 30),
  spillAfterSeconds: fc.constantFrom(0, 60),
});

const NEXT: Record<string, readonly string[]> = {
  SUBMITTED: ['PENDING', 'RUNNABLE', 'FAILED'],
  PENDING: ['RUNNABLE', 'SUCCEEDED', 'FAILED'],
  RUNNABLE: ['STARTING', 'FAILED'],
  STARTING: ['RUNNING', 'RUNNABLE', 'FAILED'],
  RUNNING: ['RUNNABLE', 'SUCCEEDED', 'FAILED'],
};

class Life {
  readonly ids: string[] = [];
  private readonly arrays = new Map<string, number>();
  private readonly live: string[] = [];

  constructor(
    readonly stage: Stage,
    private readonly environment: string,
    private readonly queue: string,
  ) {}

  async run(one: Step): Promise<void> {
    switch (one.kind) {
      case 'submit': {
        const arrayProperties = one.array > 0 ? { size: one.array } : undefined;
        const dependsOn = one.sequential && one.array > 0 ? [{ type: 'SEQUENTIAL' as const }] : [];
        const input = {
          ...asking(one.vcpus, one.memory),
          arrayProperties,
          dependsOn,
          retryStrategy: { attempts: one.retries },
        };
        const id = this.stage.submit(this.queue, input, { attempts: one.attempts });
        if (one.array > 0) this.arrays.set(id, one.array);
        return void this.ids.push(id);
      }
      case 'depend': {
        const jobId = this.ids[one.on % this.ids.length];
        if (jobId === undefined) return;
        const size = this.arrays.get(jobId);
        const nToN = one.nToN && size !== undefined;
        const id = this.stage.submit(this.queue, {
          dependsOn: [{ jobId, type: nToN ? 'N_TO_N' : undefined }],
          arrayProperties: nToN ? { size } : undefined,
        });
        if (nToN) this.arrays.set(id, size);
        return void this.ids.push(id);
      }
      case 'cancel':
      case 'terminate': {
        const jobId = this.ids[one.job % this.ids.length];
        if (jobId) this.stage.call(one.kind === 'cancel' ? 'CancelJob' : 'TerminateJob', { jobId, reason: one.kind });
        return;
      }
      case 'launch':
        return void this.live.push(await this.stage.instance(this.environment, one.vcpus, 16));
      case 'lose': {
        const [lost] = this.live.splice(one.instance % Math.max(1, this.live.length), 1);
        if (lost) this.stage.ec2.terminate(lost, 'for the test');
        return;
      }
      case 'wait':
        return this.stage.advance(one.seconds);
    }
  }
}

test('jobs only take the ways that AWS documents, none is lost, and all room is given back', async () => {
  const property = fc.asyncProperty(settings, fc.array(step, { maxLength: 40 }), async (chosen, steps) => {
    const stage = new Stage(chosen);
    const environment = await stage.environment();
    const queue = await stage.queue([environment]);
    const life = new Life(stage, environment, queue);
    for (const one of steps) await life.run(one);
    await stage.instance(environment, 64, 256);
    await stage.end(...life.ids);
    await stage.advance(60);

    for (const report of stage.batch.jobs()) {
      const states = ['SUBMITTED', ...stage.told(report.id)];
      // A child begins as PENDING; of that nothing is told.
      if (report.id.includes(':')) states[0] = 'PENDING';
      states.slice(1).forEach((state, index) => expect(NEXT[states[index]!]).toContain(state));
      expect(report.status).toBe(states.at(-1));
      expect(['SUCCEEDED', 'FAILED']).toContain(report.status);
      const job = stage.job(report.id);
      expect(job.attempts!.length).toBe(states.filter((state) => state === 'STARTING').length);
      if (job.arrayProperties?.size !== undefined) {
        const { statusSummary, size } = job.arrayProperties;
        const children = Object.values(statusSummary!).reduce((sum, count) => sum + count, 0);
        expect([0, size]).toContain(children);
        if (report.status === 'SUCCEEDED') expect(statusSummary!.SUCCEEDED).toBe(size);
      }
    }
    const cluster = stage.environmentDetail(environment).ecsClusterArn!;
    for (const { remaining, ec2InstanceId } of stage.ecs.placeable(cluster)) {
      expect(remaining).toEqual({ ...stage.ec2.host(ec2InstanceId)!.physical });
    }
    const listed = ['SUCCEEDED', 'FAILED'].flatMap(
      (jobStatus) => stage.list({ jobQueue: queue, jobStatus: jobStatus as 'FAILED' }).ids,
    );
    expect(listed.sort()).toEqual([...life.ids].sort());
  });
  await fc.assert(property, { numRuns: 60 });
});
