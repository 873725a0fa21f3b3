/** Runs of a workflow that schedules and events start. */
import { TimeZone } from 'aws-cdk-lib';
import { EventField } from 'aws-cdk-lib/aws-events';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { ConcurrencyPolicy, JobTrigger, ScheduledJob, TriggerEvent } from '../../../lib';
import { Flow, outcomes, succeeds, synthesize, type Bench } from './stage';

const HOUR = 3600;
const schedule = ScheduleExpression.expression('cron(0 * * * ? *)', TimeZone.ETC_UTC);

/** Two jobs, one behind the other, that take an hour and a half together, each hour. */
function hourly(concurrencyPolicy: ConcurrencyPolicy): string {
  return synthesize(({ stack, workflow, add }: Bench) => {
    add('First', succeeds(2700)).then(add('Second', succeeds(2700)));
    new ScheduledJob(stack, 'Hourly', { scheduleName: 'hourly', workflow, schedule, concurrencyPolicy });
  });
}

interface RunEnd {
  readonly status: string;
  readonly scheduledTime: string;
  readonly startedAt: string;
  readonly endedAt: string;
}

function eventsOf<T>({ aws }: Flow, type: string): T[] {
  return aws.services.events
    .recentEvents()
    .filter((event) => event['detail-type'] === type)
    .map(({ detail }) => detail as T);
}

/** Whether at any moment jobs of two runs were under way. */
function overlap(flow: Flow): boolean {
  const spans = flow.jobs().map(({ name, startedAt = Infinity, stoppedAt = Infinity }) => {
    return { run: name.replace(/-(First|Second)$/, ''), startedAt, stoppedAt };
  });
  return spans.some((a) =>
    spans.some((b) => a.run !== b.run && a.startedAt < b.stoppedAt && b.startedAt < a.stoppedAt),
  );
}

test('FORBID leaves out the times at which a run is under way, between its jobs too', async () => {
  const flow = await Flow.deploy(hourly(ConcurrencyPolicy.FORBID));
  await flow.advance(6 * HOUR);
  const ends = eventsOf<RunEnd>(flow, 'Batch Workflow Run');
  expect(ends.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
  const hours = ends.map(({ scheduledTime }) => new Date(scheduledTime).getUTCHours());
  expect(hours).toEqual([1, 3]);
  const told = eventsOf<{ status: string; reason?: string }>(flow, 'Batch Scheduled Run');
  const skipped = told.filter(({ status }) => status === 'SKIPPED');
  expect(skipped.length).toBeGreaterThanOrEqual(2);
  for (const { reason } of skipped) expect(reason).toBe('ACTIVE_RUNS');
  expect(overlap(flow)).toBe(false);
});

test('REPLACE cancels the run that is under way, and starts the next when that is over', async () => {
  const flow = await Flow.deploy(hourly(ConcurrencyPolicy.REPLACE));
  await flow.advance(4.5 * HOUR);
  const statuses = eventsOf<RunEnd>(flow, 'Batch Workflow Run').map(({ status }) => status);
  expect(statuses.length).toBeGreaterThanOrEqual(2);
  expect(new Set(statuses)).toEqual(new Set(['CANCELLED']));
  expect(overlap(flow)).toBe(false);
});

test('an event starts one run, with its values, however often it is delivered', async () => {
  const flow = await Flow.deploy(
    synthesize(({ stack, workflow, add }) => {
      add('Train').then(add('Report'));
      new JobTrigger(stack, 'Trigger', {
        triggerName: 'arrived',
        workflow,
        event: TriggerEvent.matching({ source: ['acme'], detailType: ['Data Arrived'] }),
        parameters: { input: EventField.fromPath('$.detail.path') },
      });
    }),
  );
  flow.aws.setFaults({ events: { double: 1 } });
  const detail = { path: 's3://data/in' };
  flow.aws.services.events.publish({ source: 'acme', detailType: 'Data Arrived', resources: [], detail });
  await flow.advance(60);
  flow.aws.setFaults({});
  await flow.advance(1200);
  const ends = eventsOf<Parameters<typeof outcomes>[0] & { parameters: object }>(flow, 'Batch Workflow Run');
  expect(ends.map(({ parameters }) => parameters)).toEqual([{ input: 's3://data/in' }]);
  expect(outcomes(ends[0]!)).toEqual({ Train: 'SUCCEEDED', Report: 'SUCCEEDED' });
  expect(flow.jobs()).toHaveLength(2);
});
