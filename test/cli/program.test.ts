/** What holds for the command as a whole: help, exit codes, one clear line for whatever goes wrong. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { command } from './command';
import { version } from '../../package.json';

const VERBS = ['why', 'runs', 'lineage', 'retry', 'backfill', 'rehearse', 'demo', 'simulate', 'local'];
const JOB = '12345678-1234-1234-1234-123456789012';

test('its help is what is written down', async () => {
  const pages = await Promise.all([['--help'], ...VERBS.map((verb) => [verb, '--help'])].map((argv) => command(argv)));
  expect(pages.filter(({ exitCode, stderr }) => exitCode !== 0 || stderr !== '')).toEqual([]);
  const text = pages.map(({ stdout }) => stdout).join(`\n${'-'.repeat(100)}\n\n`);
  expect(text).toBe(readFileSync(join(__dirname, 'help.txt'), 'utf8'));
});

test('it says its version', async () => {
  expect(await command(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

describe('wrong arguments end in one line and exit code 2', () => {
  test.each([
    ['', 'batch-foreman: say what to do: batch-foreman --help'],
    ['dance', "batch-foreman: unknown command 'dance'"],
    ['whi x', "batch-foreman: unknown command 'whi' (Did you mean why?)"],
    ['why', "batch-foreman why: missing required argument 'job'"],
    ['why no+id', "batch-foreman why: command-argument value 'no+id' is invalid for argument 'job'. It is neither"],
    [`why ${JOB} --endpoint localhost`, 'It is no http or https address.'],
    [`why ${JOB} ${JOB}`, 'batch-foreman why: too many arguments'],
    ['runs nightly --last 0', 'It is no whole number from 1 to 500.'],
    ['runs nightly --colour', "batch-foreman runs: unknown option '--colour'"],
    ['backfill nightly --from 2026-01-01', "required option '--to <time>' not specified"],
    ['backfill nightly --from yesterday --to 2026-01-02', '--from is "yesterday"; it must be a time in ISO 8601'],
    ['backfill nightly --from 2026-01-03 --to 2026-01-02', 'it must be no later than --to'],
    ['backfill nightly --from 2026-01-03 --to 2099-01-02', 'it must not be in the future'],
    [`retry ${JOB}:3`, `is a child of an array: retry ${JOB}, with --failed-children`],
    ['local --execute --clock virtual', '--execute needs --clock real'],
    ['local --speed 10 --clock virtual', '--speed needs --clock real'],
    ['local --scratch', '--scratch needs --execute'],
    ['local --speed 0', 'It is no whole number from 1 to 1000.'],
    ['local --assembly nowhere', 'nowhere is no cloud assembly: run "npx cdk synth" first'],
    ['rehearse --assembly nowhere', 'nowhere is no cloud assembly'],
    ['rehearse --assembly a --app b', 'a is no cloud assembly'],
    ['rehearse --trace nowhere --format swf', 'There is no such file.'],
    ['rehearse --jobs 5 --trace package.json', '--submissions, --trace and --jobs exclude each other'],
    ['rehearse --format swf', '--format and --from-day need --trace'],
    ['rehearse --price m5.xlarge', 'It is no price, such as m5.xlarge=0.192.'],
    ['demo --days 0', 'It is no whole number from 1 up.'],
  ])('batch-foreman %s', async (line, message) => {
    const argv = line.split(' ').filter((word) => word !== '');
    const { exitCode, stdout, stderr } = await command(argv, { now: Date.UTC(2026, 5, 1) });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/^[^\n]+\n$/);
  });
});

test.each([
  ['why', JOB],
  ['runs', 'nightly'],
  ['lineage', JOB],
  ['retry', JOB],
  ['backfill', 'nightly', '--from', '2026-01-01', '--to', '2026-01-02'],
])('%s: an AWS that does not answer is one line and exit code 1', async (...argv) => {
  const environment = { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any', AWS_MAX_ATTEMPTS: '1' };
  Object.assign(process.env, environment);
  try {
    const nobody = ['--endpoint', 'http://127.0.0.1:1', '--region', 'us-east-1'];
    const { exitCode, stdout, stderr } = await command([...argv, ...nobody], { now: Date.UTC(2026, 5, 1) });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/^batch-foreman \w+: [^\n]*(ECONNREFUSED|EADDRNOTAVAIL|bad port)[^\n]*\n$/);
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
  }
});
