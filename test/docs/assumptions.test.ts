/** What AWS leaves open is told on one page, and each answer is played. */
import { readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { DEFAULT_SETTINGS } from '../../local/settings';
import { ROOT } from './snippets';

const page = readFileSync(join(ROOT, 'docs/assumptions.md'), 'utf8');

/** About queues of several environments: no promise stands on them. */
const WITHOUT_PROMISE = ['emptyUnmanagedSpills', 'mixedQueuesAccepted', 'spillAfterSeconds'];

function settingsIn(text: string): string[] {
  return [...text.matchAll(/`(\w+)`/g)].map(([, name]) => name!).filter((name) => name in DEFAULT_SETTINGS);
}

test('each setting of the local AWS is on the page', () => {
  const told = new Set(settingsIn(page));
  expect(Object.keys(DEFAULT_SETTINGS).filter((name) => !told.has(name))).toEqual([]);
});

test('each open question is answered in more than one way by tests of the library', () => {
  const [questions] = page.split('## How long things take') as [string];
  const files = execFileSync('git', ['ls-files', 'test/chaos', 'test/stack', 'test/lambda', 'test/soak'], {
    cwd: ROOT,
  });
  const tests = String(files)
    .trim()
    .split('\n')
    .map((file) => readFileSync(join(ROOT, file), 'utf8'))
    .join('\n');
  const asked = settingsIn(questions);
  expect(asked.length).toBeGreaterThan(15);
  expect(asked.filter((name) => !tests.includes(name)).sort()).toEqual(WITHOUT_PROMISE);
});
