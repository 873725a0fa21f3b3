import { parseFaultPlan } from '../../../local/faults/fault-plan';

test('every fault of the design is understood', () => {
  const plan = {
    seed: 1,
    throttle: { 'batch:DescribeJobs': 0.5, 'ecs:*': 1, '*': 0 },
    fail: { '*': 0.1 },
    loseAnswer: { 'batch:SubmitJob': 0.2 },
    stale: { 'batch:ListJobs': 1 },
    yield: { '*': 0.5 },
    delay: { 'batch:*': { probability: 0.5, seconds: 30 } },
    crash: [['autoscaler', 3]],
    clock: { autoscaler: -30 },
    events: { lose: 0.1, double: 0.1, delaySeconds: 60, reorder: 0.5 },
    launch: { pool: 'InsufficientInstanceCapacity' },
    neverRegister: ['pool'],
    reclaim: ['i-1'],
  };
  expect(parseFaultPlan(plan)).toEqual(plan);
  expect(parseFaultPlan({ crash: ['autoscaler', 3] })).toEqual({ crash: [['autoscaler', 3]] });
  expect(parseFaultPlan({})).toEqual({});
});

test.each([
  [[], 'the plan must be an object'],
  [{ throtle: {} }, '"throtle" is not a fault; there are: seed, throttle,'],
  [
    { throttle: { 'batch:DescribeJobs': 2 } },
    'throttle["batch:DescribeJobs"] must be a probability between 0 and 1, not 2',
  ],
  [
    { throttle: { DescribeJobs: 0.5 } },
    'throttle: "DescribeJobs" is not of the form service:Operation, service:* or *',
  ],
  [{ delay: { '*': { probability: 1 } } }, 'delay["*"].seconds must be a number of seconds, 0 or more, not undefined'],
  [{ delay: { '*': { probability: 1, seconds: 1, minutes: 1 } } }, 'delay["*"]: "minutes" is not known here'],
  [{ crash: ['autoscaler'] }, 'crash[0] must be [function, n]'],
  [{ crash: ['autoscaler', 0] }, 'crash[0][1] must be at least 1'],
  [{ clock: { autoscaler: '1' } }, 'clock["autoscaler"] must be a number of seconds, not "1"'],
  [{ crash: 'autoscaler' }, 'crash must be [function, n] or a list of such pairs'],
  [{ events: { lost: 1 } }, 'events: "lost" is not known here; there are: lose, double, delaySeconds, reorder'],
  [{ launch: { pool: 1 } }, 'launch["pool"] must be a string, not 1'],
  [{ neverRegister: 'pool' }, 'neverRegister must be a list of strings'],
  [{ seed: 0.5 }, 'seed must be a whole number, not 0.5'],
])('%j is refused: %s', (plan, message) => {
  expect(() => parseFaultPlan(plan)).toThrow(message);
});
