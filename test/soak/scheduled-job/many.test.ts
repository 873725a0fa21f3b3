/** Five hundred schedules that come due together. */
import { cron, Environment, MINUTE, synthesize } from '../../stack/scheduled-job/environment';

test('500 schedules of the same minute run within it', async () => {
  const environment = await Environment.deploy(
    synthesize(({ add }) => {
      for (let index = 0; index < 500; index++) add(`s${index}`, cron('0 1 * * ? *'));
    }),
  );
  await environment.widenSweeps('10 minutes');
  await environment.until('2026-01-01T00:59');
  // Each schedule is asked for once.
  const before = environment.aws.calls.counts().scheduler!.GetSchedule!;
  expect(before).toBe(500);
  await environment.until('2026-01-01T01:05');
  expect(environment.names()).toHaveLength(500);
  expect(new Set(environment.names()).size).toBe(500);
  for (const { at } of environment.submitted) expect(at - Date.parse('2026-01-01T01:00Z')).toBeLessThan(MINUTE);
  expect(environment.aws.calls.counts().scheduler!.GetSchedule).toBe(before);
});
