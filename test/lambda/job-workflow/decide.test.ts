import fc from 'fast-check';
import { decide, dueAt } from '../../../lambda/job-workflow/decide';
import type { Run } from '../../../lambda/job-workflow/model';
import { intending, recorded, type Submitted, takingOver } from '../../../lambda/job-workflow/progress';
import { expectedOutcomes, graphs, newRun, World } from './world';

const TICK = 10_000;
const RECOVERY = 10 * TICK;
const MOST_TICKS = 400;

/** Numbers from a seed. */
function chooser(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Plays the handler: looks, decides, submits, and at times dies or is refused on the way. */
function playRun(first: Run, world: World, choose: (below: number) => number, faulty: boolean): Run {
  let run = first;
  let holder = 0;
  const chance = (oneIn: number) => faulty && choose(oneIn) === 0;
  for (let now = 0; now < MOST_TICKS * TICK; now += TICK) {
    for (let moves = choose(4); moves > 0; moves--) world.step();
    const calm = now > (MOST_TICKS * TICK) / 2;
    const { run: decided, submit, recover } = decide(run, world.seen(run, faulty && !calm), now);
    run = decided;
    if (run.status !== 'RUNNING') return run;
    const by = String(holder++);
    run = takingOver(
      intending(run, submit, { by, since: now, recoverAt: now + RECOVERY }),
      recover,
      by,
      now + RECOVERY,
    );
    if (chance(10) && !calm) continue;
    const results = new Map<string, Submitted>();
    for (const node of recover) {
      const found = world.jobs.get(node);
      results.set(node, found ? { kind: 'submitted', jobId: found.id } : { kind: 'not submitted' });
    }
    const dies = chance(10) && !calm ? choose(submit.length + 1) : submit.length;
    for (const submission of submit.slice(0, dies)) {
      const missing = submission.dependsOn.some(
        ({ node }) => results.has(node) && results.get(node)!.kind !== 'submitted',
      );
      if (missing || chance(6)) results.set(submission.node, { kind: 'not submitted' });
      else if (chance(8)) {
        if (choose(2) === 0) world.submit(submission);
        results.set(submission.node, { kind: 'unknown' });
      } else results.set(submission.node, { kind: 'submitted', jobId: world.submit(submission) });
    }
    if (dies === submit.length) run = recorded(run, results, by, now);
  }
  return run;
}

const outcomesOf = ({ nodes }: Run) =>
  Object.fromEntries(Object.entries(nodes).map(([name, { outcome }]) => [name, outcome]));

test.each([
  ['when all goes well', false],
  ['whatever is lost, refused or shown late', true],
])('each job runs once, in the order of the edges, with the outcome that follows: %s', (_, faulty) => {
  fc.assert(
    fc.property(graphs(), fc.integer({ min: 1, max: 2 ** 31 }), (plan, seed) => {
      const choose = chooser(seed);
      const world = new World(plan, choose);
      const run = playRun(newRun(plan), world, choose, faulty);
      expect(world.complaints).toEqual([]);
      expect(outcomesOf(run)).toEqual(expectedOutcomes(plan));
      expect(run.status).toBe(Object.values(expectedOutcomes(plan)).includes('FAILED') ? 'FAILED' : 'SUCCEEDED');
      const ran = [...world.jobs].filter(([, job]) => job.ran).map(([name]) => name);
      const expected = Object.entries(expectedOutcomes(plan)).filter(([, outcome]) =>
        /^(SUCCEEDED|FAILED)$/.test(outcome),
      );
      expect(ran.sort()).toEqual(expected.map(([name]) => name).sort());
    }),
    { numRuns: 500, seed: 7 },
  );
});

test('what waits for success only is submitted at once, depending on what it waits for', () => {
  const run = newRun([
    { name: 'a', after: [], failures: 0 },
    { name: 'b', after: [{ job: 'a', on: 'SUCCESS' }], failures: 0 },
    { name: 'c', after: [{ job: 'a', on: 'EITHER' }], failures: 0 },
    { name: 'd', after: [{ job: 'c', on: 'SUCCESS' }], failures: 0 },
  ]);
  expect(decide(run, new Map(), 0).submit).toEqual([
    { node: 'a', dependsOn: [] },
    { node: 'b', dependsOn: [{ node: 'a', each: false }] },
  ]);
});

test('a cancelled run submits nothing, ends what is open, and is over when that is', () => {
  const plan = [
    { name: 'a', after: [], failures: 0 },
    { name: 'b', after: [{ job: 'a', on: 'FAILURE' as const }], failures: 0 },
  ];
  const nodes = { a: { jobId: 'j', firstJobId: 'j' } };
  const run: Run = { ...newRun(plan), nodes, cancelled: { at: 0, reason: 'r' } };
  const first = decide(run, new Map([['a', { kind: 'open', jobId: 'j' }]]), 1);
  expect(first).toMatchObject({ submit: [], stop: ['j'], run: { status: 'RUNNING' } });
  expect(outcomesOf(first.run)).toEqual({ a: undefined, b: 'CANCELLED' });
  const ended = { kind: 'ended' as const, jobId: 'j', succeeded: false, ran: true };
  expect(decide(first.run, new Map([['a', ended]]), 2).run).toMatchObject({ status: 'CANCELLED', endedAt: 2 });
  const succeeded = { ...ended, succeeded: true };
  expect(outcomesOf(decide(first.run, new Map([['a', succeeded]]), 2).run)).toEqual({ a: 'SUCCEEDED', b: 'CANCELLED' });
});

test('a run is looked at when an intent can be recovered, else every other minute, and told of at once', () => {
  const run = newRun([{ name: 'a', after: [], failures: 0 }]);
  expect(dueAt(run, 1000)).toBe(121_000);
  const intent = { by: 'x', since: 0, recoverAt: 5000 };
  expect(dueAt({ ...run, nodes: { a: { intent } } }, 1000)).toBe(5000);
  expect(dueAt({ ...run, nodes: { a: { jobId: 'j', retrying: true } } }, 1000)).toBe(61_000);
  expect(dueAt({ ...run, status: 'FAILED' }, 1000)).toBe(1000);
  expect(dueAt({ ...run, status: 'FAILED', told: true }, 1000)).toBeUndefined();
});
