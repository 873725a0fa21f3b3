/** A year that has a leap day, on the clocks of two continents. */
import { cron, Environment, HOUR, synthesize } from '../../stack/scheduled-job/environment';

test('every time of a year has its job, and none has two', async () => {
  const assembly = synthesize(({ add }) => {
    add('paris', cron('30 2 * * ? *', 'Europe/Paris'));
    add('york', cron('30 2 * * ? *', 'America/New_York'));
    add('ultimo', cron('0 12 31 * ? *'));
    add('leap', cron('0 12 29 2 ? *'));
  });
  const environment = await Environment.deploy(assembly, { start: Date.UTC(2028, 0, 1) });
  await environment.widenSweeps('7 days');
  await environment.until('2029-01-01T12:00');

  const paris = environment.times('paris');
  // 366 days, without the one on which clocks skip 02:30; the first of 2029 is the last.
  expect(paris).toHaveLength(366);
  expect(new Set(paris).size).toBe(366);
  expect(paris.filter((time) => time.startsWith('2028-03-2'))).toEqual(
    expect.arrayContaining(['2028-03-25T01:30', '2028-03-27T00:30']),
  );
  expect(paris.filter((time) => time.startsWith('2028-03-26'))).toEqual([]);
  expect(paris.filter((time) => time.startsWith('2028-10-29'))).toEqual(['2028-10-29T00:30']);

  const york = environment.times('york');
  expect(york).toHaveLength(366);
  expect(york.filter((time) => time.startsWith('2028-03-12'))).toEqual([]);
  expect(york.filter((time) => time.startsWith('2028-11-05'))).toEqual(['2028-11-05T07:30']);

  expect(environment.times('ultimo').map((time) => time.slice(5, 10))).toEqual([
    '01-31',
    '03-31',
    '05-31',
    '07-31',
    '08-31',
    '10-31',
    '12-31',
  ]);
  expect(environment.times('leap')).toEqual(['2028-02-29T12:00']);
  for (const { name, at } of environment.submitted) {
    const [, text = ''] = /-(\w+Z)$/.exec(name) ?? [];
    const time = Date.parse(text.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
    expect(at - time).toBeLessThan(HOUR / 60);
  }
  expect(await environment.deadLetters()).toBe(0);
});
