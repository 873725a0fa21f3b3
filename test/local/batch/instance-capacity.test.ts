import * as fc from 'fast-check';
import { InstanceCapacity } from '../../../local/batch/scheduling/instance-capacity';
import { Shapes, fits } from '../../../local/batch/scheduling/shape';
import type { Shape } from '../../../local/batch/scheduling/shape';
import type { Resources } from '../../../local/ports';

interface Machine {
  containerInstanceArn: string;
  ec2InstanceId: string;
  remaining: Resources;
}

type Step =
  | { kind: 'launch'; vcpus: number; memoryMiB: number; gpus: number }
  | { kind: 'lose'; index: number }
  | { kind: 'place'; shape: number }
  | { kind: 'end'; index: number };

const SHAPES = new Shapes();
const ASKED = [
  [1, 1, 0],
  [1, 4, 0],
  [2, 2, 0],
  [4, 1, 0],
  [1, 1, 1],
  [3, 3, 1],
].map(([vcpus, memoryMiB, gpus]) => SHAPES.of({ vcpus: vcpus!, memoryMiB: memoryMiB!, gpus: gpus! }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('launch' as const),
      vcpus: fc.integer({ min: 1, max: 6 }),
      memoryMiB: fc.integer({ min: 1, max: 8 }),
      gpus: fc.nat(1),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lose' as const), index: fc.nat(20) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('place' as const), shape: fc.nat(ASKED.length - 1) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('end' as const), index: fc.nat(50) }) },
);

/** What ECS does, as plainly as can be. */
class Machines {
  list: Machine[] = [];
  jobs: { machine: Machine; shape: Shape }[] = [];
  private launched = 0;
  readonly capacity = new InstanceCapacity({ placeable: () => this.list }, 'cluster', () => 0);

  run(one: Step): void {
    switch (one.kind) {
      case 'launch': {
        const id = `i-${this.launched++}`;
        const remaining = { vcpus: one.vcpus, memoryMiB: one.memoryMiB, gpus: one.gpus };
        this.list = [...this.list, { containerInstanceArn: id, ec2InstanceId: id, remaining }];
        return this.capacity.grew();
      }
      case 'lose': {
        const machine = this.list[one.index % this.list.length];
        this.list = this.list.filter((other) => other !== machine);
        for (const job of this.jobs.filter((candidate) => candidate.machine === machine)) this.end(job);
        return;
      }
      case 'place':
        return this.place(ASKED[one.shape]!);
      case 'end': {
        const job = this.jobs[one.index % this.jobs.length];
        if (job) this.end(job);
      }
    }
  }

  private place(shape: Shape): void {
    const first = this.list.find(({ remaining }) => fits(shape, remaining));
    const room = this.capacity.find(shape);
    expect(room?.instance).toBe(first);
    if (!first) return;
    this.add(first, shape, -1);
    this.capacity.took(room!, shape);
    this.jobs.push({ machine: first, shape });
  }

  private end(job: { machine: Machine; shape: Shape }): void {
    this.jobs = this.jobs.filter((other) => other !== job);
    this.add(job.machine, job.shape, 1);
    this.capacity.released({ instance: job.machine }, job.shape);
  }

  private add({ remaining }: Machine, { vcpus, memoryMiB, gpus }: Shape, sign: number): void {
    remaining.vcpus += sign * vcpus;
    remaining.memoryMiB += sign * memoryMiB;
    remaining.gpus += sign * gpus;
  }
}

test('what is remembered of refusals changes nothing: a job goes to the first instance that holds it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const machines = new Machines();
      for (const one of steps) machines.run(one);
      const placed = new Map(machines.capacity.placed().map(({ resources, count }) => [resources, count]));
      for (const shape of ASKED) {
        expect(placed.get(shape) ?? 0).toBe(machines.jobs.filter((job) => job.shape === shape).length);
      }
    }),
    { numRuns: 200 },
  );
});

test('a shape that is refused is not looked for again before room has come up', () => {
  let looks = 0;
  const machine = { containerInstanceArn: 'a', ec2InstanceId: 'i', remaining: { vcpus: 1, memoryMiB: 1, gpus: 0 } };
  const placeable = () => {
    looks++;
    return [machine];
  };
  const capacity = new InstanceCapacity({ placeable }, 'cluster', () => 0);
  const large = ASKED[3]!;
  for (let index = 0; index < 1000; index++) expect(capacity.find(large)).toBeUndefined();
  expect(looks).toBe(1);
});

test.each([0, 199])('room that came up among many releases is found, also when it is the %ith of 200', (index) => {
  const machine = (id: string) => ({
    containerInstanceArn: id,
    ec2InstanceId: id,
    remaining: { vcpus: 0, memoryMiB: 0, gpus: 0 },
  });
  const [busy, wanted] = [machine('busy'), machine('wanted')];
  const capacity = new InstanceCapacity({ placeable: () => [busy, wanted] }, 'cluster', () => 0);
  const large = ASKED[3]!;
  expect(capacity.find(large)).toBeUndefined();
  for (let release = 0; release < 200; release++) {
    const instance = release === index ? wanted : busy;
    if (instance === wanted) wanted.remaining = { vcpus: 4, memoryMiB: 1, gpus: 0 };
    capacity.took({ instance }, ASKED[0]!);
    capacity.released({ instance }, ASKED[0]!);
  }
  expect(capacity.find(large)?.instance).toBe(wanted);
});
