/** Events, messages and requests of people who mean harm, before schedules and triggers. */
import { EventField } from 'aws-cdk-lib/aws-events';
import { Duration } from 'aws-cdk-lib';
import { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import { JobTrigger, TriggerEvent } from '../../lib';
import { Environment, MINUTE, plays, synthesize } from '../stack/scheduled-job/environment';
import { HOSTILE, HUGE, isPolluted, POLLUTING } from './hostile-words';

let assembly: string;
beforeAll(() => {
  assembly = synthesize(({ stack, job, queue, add }) => {
    add('yearly', ScheduleExpression.rate(Duration.days(365)), { suspended: true });
    new JobTrigger(stack, 'Order', {
      triggerName: 'order',
      job,
      queue,
      environment: plays({ startSeconds: 0, runSeconds: 5 }),
      event: TriggerEvent.matching({ source: ['shop'] }),
      parameters: { input: `${EventField.fromPath('$.detail.name')}/${EventField.fromPath('$.detail.extra')}` },
    });
  });
});

let environment: Environment;
beforeEach(async () => {
  environment = await Environment.deploy(assembly);
});
afterEach(() => expect(isPolluted()).toBe(false));

function order(detail: object): void {
  environment.aws.services.events.publish({ source: 'shop', detailType: 'Order', resources: [], detail });
}

test('what an event says reaches its job as the value of a parameter, character by character, and nowhere else', async () => {
  for (const name of Object.values(HOSTILE)) order({ name, extra: 'x' });
  await environment.advance(3 * MINUTE);
  const requests = environment.submitted.map(({ input }) => input);
  const given = requests.map(({ parameters }) => (parameters as { input: string }).input);
  expect(given.sort()).toEqual(
    Object.values(HOSTILE)
      .map((name) => `${name}/x`)
      .sort(),
  );
  const shapes = requests.map(({ jobName, parameters, containerOverrides, tags, ...rest }) => {
    const { environment: variables } = containerOverrides as { environment: { name: string; value: string }[] };
    expect(jobName).toMatch(/^order-[\w-]{36}$/);
    expect(variables.map(({ name }) => name).sort()).toEqual(['FOREMAN_RUN_ID', 'LOCAL_JOB']);
    expect(Object.keys(parameters as object)).toEqual(['input']);
    expect(JSON.stringify([variables, tags])).not.toMatch(/owned|passwd|script|resolve|polluted/);
    return JSON.stringify(rest);
  });
  expect(new Set(shapes).size).toBe(1);
  expect(environment.jobs().map(({ status }) => status)).toEqual(requests.map(() => 'SUCCEEDED'));
});

test('members that are no text are their JSON, and those that would change objects are members like others', async () => {
  order({ name: JSON.parse(POLLUTING) as object, extra: [1, null] });
  order(JSON.parse(POLLUTING) as object);
  await environment.advance(3 * MINUTE);
  expect(environment.submitted.map(({ input }) => (input.parameters as { input: string }).input).sort()).toEqual([
    '/',
    `${POLLUTING}/[1,null]`,
  ]);
});

test('what is too large for AWS Batch is refused and told of, and others get through beside it', async () => {
  order({ name: HUGE, extra: '' });
  order({ name: 'small', extra: '' });
  await environment.advance(60 * MINUTE);
  expect(environment.submitted.map(({ input }) => input.parameters)).toEqual([{ input: 'small/' }]);
  expect(await environment.deadLetters()).toBe(1);
});

test('no message starts what cannot be the name or the time of a schedule', async () => {
  const { config } = await environment.inputOf('yearly');
  const scheduledTime = '2026-01-01T00:00:00Z';
  const impossible = Object.values(HOSTILE).filter((name) => !/^[\w.-]{1,64}$/.test(name));
  const bodies = [
    POLLUTING,
    ...Object.values(HOSTILE),
    ...[...impossible, HUGE].map((schedule) => JSON.stringify({ schedule, scheduledTime, config })),
    ...Object.values(HOSTILE).map((time) => JSON.stringify({ schedule: 'yearly', scheduledTime: time, config })),
    JSON.stringify({ schedule: 'yearly', scheduledTime, config: null }),
  ];
  for (const body of bodies) await environment.send(body);
  await environment.advance(60 * MINUTE);
  expect(environment.submitted).toEqual([]);
  order({ name: 'still', extra: 'there' });
  await environment.advance(3 * MINUTE);
  expect(environment.submitted).toHaveLength(1);
});

test.each(Object.entries(HOSTILE))('a backfill of a schedule called %s is refused', async (_, schedule) => {
  const backfill = { schedule, from: '2025-01-01T00:00:00Z', to: '2025-12-31T00:00:00Z' };
  await expect(environment.invoke({ backfill })).rejects.toThrow(/schedule|'name' failed/);
  await expect(environment.invoke({ backfill: { ...backfill, schedule: 'yearly', from: schedule } })).rejects.toThrow(
    /from/,
  );
  expect(environment.submitted).toEqual([]);
});
