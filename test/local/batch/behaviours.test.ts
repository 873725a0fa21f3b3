/** The table of behaviours names tests that are there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '../../..');
const [, section = ''] = readFileSync(join(root, 'docs/local-aws.md'), 'utf8').split('## AWS Batch');
const rows = section
  .split(/\n## /)[0]!
  .split('\n')
  .map((line) => /\| `([\w-]+)` ([^|]+) \|$/.exec(line))
  .filter((match) => match !== null);

test('every row names a test that its file has', () => {
  expect(rows.length).toBeGreaterThan(60);
  const missing = rows.filter(([, file, name]) => {
    const text = readFileSync(join(__dirname, `${file}.test.ts`), 'utf8');
    return !text.includes(name!.trim());
  });
  expect(missing.map(([row]) => row)).toEqual([]);
});

test('every row of the tables has a test', () => {
  const lines = section
    .split(/\n## /)[0]!
    .split('\n')
    .filter((line) => /^\| (?!behaviour)/.test(line));
  expect(lines.filter((line) => !/\| `[\w-]+` [^|]+ \|$/.test(line))).toEqual([]);
});
