import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const demo = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', 'tsx', 'cli/batch-foreman.ts', 'demo', ...args], {
    cwd: join(__dirname, '../..'),
    encoding: 'utf8',
  });

test('bad input ends in one clear line and exit code 2', () => {
  const { status, stdout, stderr } = demo('--trace', 'nowhere.swf', '--format', 'swf');
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: '',
    stderr: "batch-foreman demo: --trace: ENOENT: no such file or directory, open 'nowhere.swf'\n",
  });
});

test('help is no error', () => {
  const { status, stdout, stderr } = demo('--help');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toContain('--from-day <day>');
});
