/** One life of an environment under each fault there is: what holds without it holds with it. */
import type { FaultPlan } from '../../../local/faults/fault-plan';
import { CPU, Environment, GPU, synthesize } from './environment';

const STORM_SECONDS = 900;
const CALLS = ['autoscaling:*', 'batch:*', 'dynamodb:*', 'ecs:*'];
/** What the test itself calls. */
const SPARED = { 'batch:SubmitJob': 0 };

const all = (rate: number) => ({ ...Object.fromEntries(CALLS.map((call) => [call, rate])), ...SPARED });

interface Case {
  readonly plan: (environment: Environment) => FaultPlan;
  /** Whether it has happened, where that shows. Each fault by itself is looked at in test/local/faults. */
  readonly seen?: (environment: Environment) => boolean;
}

function outcome(name: string): Case['seen'] {
  return ({ aws }) => aws.calls.records().some((record) => record.outcome === name);
}
const CASES: Readonly<Record<string, Case>> = {
  'calls are throttled': { plan: () => ({ throttle: all(0.5) }), seen: outcome('throttle') },
  'calls fail': { plan: () => ({ fail: all(0.3) }), seen: outcome('fail') },
  'answers are lost': { plan: () => ({ loseAnswer: all(0.3) }) },
  'answers are stale': { plan: () => ({ stale: all(0.5) }), seen: outcome('stale') },
  'calls take long': {
    plan: () => {
      const delays = CALLS.map((call) => [call, { probability: 0.3, seconds: 4 }]);
      return { delay: { ...Object.fromEntries(delays), 'batch:SubmitJob': { probability: 0, seconds: 0 } } };
    },
  },
  'other invocations run between two calls': { plan: () => ({ yield: all(1) }) },
  'the function dies': {
    plan: ({ autoscaler }) => ({ crash: [3, 9, 14, 22, 31].map((call) => [autoscaler, call] as const) }),
    seen: (environment) => environment.crashes() === 5,
  },
  'events are lost': { plan: () => ({ events: { lose: 1 } }) },
  'events are doubled, late and overtaken': {
    plan: () => ({ events: { double: 0.7, delaySeconds: 90, reorder: 0.7 } }),
  },
  'there is no capacity': {
    plan: () => ({ launch: { '*': 'InsufficientInstanceCapacity' } }),
    seen: ({ log }) => log.some(({ message }) => message === 'reset'),
  },
  'instances do not register': {
    plan: () => ({ neverRegister: ['*'] }),
    seen: (environment) =>
      environment.instances().some(({ registeredAt, shuttingDownAt }) => !registeredAt && shuttingDownAt),
  },
};

let assembly: string;
beforeAll(() => {
  assembly = synthesize([CPU, GPU]);
});

test.each(Object.entries(CASES))('%s', async (_, { plan, seen }) => {
  const environment = await Environment.deploy(assembly);
  environment.aws.calls.keepRecords();
  environment.aws.faults.set({ seed: 1, ...plan(environment) });
  const [cpu, gpu, array, misfit] = await Promise.all([
    environment.submit({ vcpus: 3, runSeconds: 300 }),
    environment.submit({ vcpus: 2, gpus: 1, urgent: true }),
    environment.submit({ vcpus: 2, runSeconds: 120, arraySize: 4 }),
    environment.submit({ memoryMiB: 10_000_000 }),
  ]);
  const dependent = await environment.submit({ dependsOn: [{ jobId: cpu }] });
  await environment.advance(STORM_SECONDS);
  environment.aws.faults.set({});
  const jobs = [cpu, gpu, array, dependent];
  await environment.until(
    'all jobs but the misfit have ended, and nothing is left',
    () => jobs.every((id) => environment.job(id).status === 'SUCCEEDED') && environment.left().length === 0,
    4 * 3600,
  );
  expect(seen?.(environment) ?? true).toBe(true);
  expect(environment.killed()).toEqual([]);
  expect(environment.job(misfit).status).toBe('RUNNABLE');
  expect(environment.job(cpu).attempts).toBe(1);
});
