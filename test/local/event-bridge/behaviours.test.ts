/** The tables of behaviours name tests that are there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const tests = join(__dirname, '..');
const lines = readFileSync(join(tests, '../../docs/local-aws-events.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| (?!behaviour)/.test(line));

test('every row of the tables names a test that its file has', () => {
  expect(lines.length).toBeGreaterThan(60);
  const missing = lines.filter((line) => {
    const [, file, name] = /\| `([\w./-]+)` (.+) \|$/.exec(line) ?? [];
    return file === undefined || !readFileSync(join(tests, `${file}.test.ts`), 'utf8').includes(name!);
  });
  expect(missing).toEqual([]);
});
