import type { FaultPlan } from '../../../local/faults/fault-plan';
import { refuseUnknownCalls } from '../../../local/faults/known-calls';
import { createLocalAws } from '../../../local/local-aws';

const operations = createLocalAws().operations();

test.each<FaultPlan>([
  { throttle: { '*': 1, 'batch:*': 0.5, 'batch:DescribeJobs': 0.5 } },
  { stale: { 'dynamodb:Query': 1 }, yield: { 'monitoring:PutMetricAlarm': 1 } },
  { seed: 1, reclaim: ['i-1'] },
])('%j names calls that there are', (plan) => {
  expect(() => refuseUnknownCalls(plan, operations)).not.toThrow();
});

test.each<[FaultPlan, string]>([
  [
    { throttle: { 'batch:DescribeJob': 0.5 } },
    'throttle["batch:DescribeJob"]: there is no operation DescribeJob of batch',
  ],
  [
    { delay: { 'bach:*': { probability: 1, seconds: 1 } } },
    'delay["bach:*"]: there is no service bach; there are: auto',
  ],
])('%j is refused', (plan, message) => {
  expect(() => refuseUnknownCalls(plan, operations)).toThrow(message);
});
