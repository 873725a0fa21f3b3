import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalAws } from '../../local/local-aws';

/** US dollars. */
export const LARGEST_COST = 1;

const HOUR = 3_600_000;
const HOURS_PER_MONTH = 730;

/** List prices in us-east-1, US dollars. @see https://aws.amazon.com/lambda/pricing/ and those of the other services */
const PRICES = {
  lambdaRequest: 0.2 / 1e6,
  lambdaGibSecond: 0.0000133334, // arm64
  dynamoRead: 0.125 / 1e6,
  sqsRequest: 0.4 / 1e6,
  logGigabyte: 0.5,
  alarmMonth: 0.1,
};
/** A sweep waits for its slowest list: three round trips of some tens of milliseconds each, reckoned generously. */
const INVOCATION_SECONDS = 0.3;
const MEMORY_GIB = 0.5;
/** START, END and REPORT. */
const LOG_BYTES = 400;
/** Lambda polls an empty queue five times at a time, 20 s long. @see https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
const POLLS_PER_HOUR = 5 * 180;

export interface IdleMonth {
  readonly dollars: number;
  readonly lines: readonly string[];
}

/** Counts what the deployed app calls in an hour in which there is no job; the queue's compute is not among it. */
export async function idleMonth(assembly: string): Promise<IdleMonth> {
  const aws = createLocalAws();
  await aws.deploy(assembly);
  await aws.virtualClock!.advance(HOUR / 4);
  const counts = new Map<string, number>();
  aws.calls.onCall(({ service, operation, functionName }) => {
    if (functionName === undefined || service === 'logs') return;
    const name = `${service}:${operation}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  });
  const invocations = () => sumOf(aws.state().metrics, 'AWS/Lambda', 'Invocations');
  const before = invocations();
  await aws.virtualClock!.advance(HOUR);
  const invoked = invocations() - before;
  const template = JSON.parse(readFileSync(join(assembly, 'JobTimeouts.template.json'), 'utf8')) as Template;
  const ofType = (type: string) => Object.values(template.Resources).filter(({ Type }) => Type === type).length;
  const items: [string, number][] = [
    [
      `${invoked} invocations an hour`,
      invoked * (PRICES.lambdaRequest + INVOCATION_SECONDS * MEMORY_GIB * PRICES.lambdaGibSecond) * HOURS_PER_MONTH,
    ],
    [
      `${counts.get('dynamodb:Query')} queries of nothing an hour`,
      counts.get('dynamodb:Query')! * 0.5 * PRICES.dynamoRead * HOURS_PER_MONTH,
    ],
    [
      `${ofType('AWS::Lambda::EventSourceMapping')} polled queue`,
      ofType('AWS::Lambda::EventSourceMapping') * POLLS_PER_HOUR * PRICES.sqsRequest * HOURS_PER_MONTH,
    ],
    ['log lines of invocations', (invoked * LOG_BYTES * PRICES.logGigabyte * HOURS_PER_MONTH) / 1e9],
    [`${ofType('AWS::CloudWatch::Alarm')} dead-letter alarms`, ofType('AWS::CloudWatch::Alarm') * PRICES.alarmMonth],
  ];
  const dollars = items.reduce((sum, [, cost]) => sum + cost, 0);
  const calls = [...counts].sort().map(([name, count]) => `${name} ${count}`);
  return {
    dollars,
    lines: [
      `an idle month: ${dollars.toFixed(2)} USD (calls an hour: ${calls.join(', ')}; those of AWS Batch are free)`,
      ...items.map(([name, cost]) => `  ${name}: ${cost.toFixed(3)} USD`),
    ],
  };
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}

interface Metric {
  readonly namespace: string;
  readonly metric: string;
  readonly sum: number;
}

function sumOf(metrics: readonly Metric[], namespace: string, metric: string): number {
  return metrics
    .filter((one) => one.namespace === namespace && one.metric === metric)
    .reduce((sum, one) => sum + one.sum, 0);
}
