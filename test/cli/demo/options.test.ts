import { demoCommand } from '../../../cli/demo/options';
import { command, optionsOf } from '../command';

const words = (line: string) => line.split(' ').filter((word) => word !== '');
const parse = (line: string) => optionsOf(demoCommand, words(line));

describe('its arguments', () => {
  test('without anything: one generated day, seed 1', () => {
    expect(parse('')).toEqual({ days: 1, seed: 1, json: false, verbose: false });
  });

  test('a trace', () => {
    expect(parse('--trace a.swf --format swf --from-day 15 --days 2 --seed 7 --json')).toEqual({
      trace: { file: 'a.swf', format: 'swf', fromDay: 15 },
      days: 2,
      seed: 7,
      json: true,
      verbose: false,
    });
    expect(parse('--trace a.csv --format openb')).toMatchObject({ trace: { fromDay: 0 }, days: 1 });
  });

  test.each([
    ['--trace a.swf', '--trace needs --format swf, openb or jsonl'],
    ['--format swf', '--format and --from-day need --trace'],
    ['--from-day 3', '--format and --from-day need --trace'],
    [
      '--trace a --format csv',
      "option '--format <format>' argument 'csv' is invalid. Allowed choices are swf, openb, jsonl.",
    ],
    ['--days 0', "option '--days <count>' argument '0' is invalid. It is no whole number from 1 up."],
    ['--days 1.5', "option '--days <count>' argument '1.5' is invalid. It is no whole number from 1 up."],
    ['--seed -1', "option '--seed <number>' argument '-1' is invalid. It is no whole number from 0 up."],
    ['--sed 1', "unknown option '--sed'"],
    ['trace.swf', "too many arguments for 'demo'. Expected 0 arguments but got 1."],
  ])('refuses %s in one line', async (line, message) => {
    const { exitCode, stdout, stderr } = await command(['demo', ...words(line)]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^batch-foreman demo: [^\n]+\n$/);
  });
});
