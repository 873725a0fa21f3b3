/** What README and docs point to is there. */
import { existsSync, readFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../..');
const PAGES = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && file !== 'API.md');

interface Page {
  readonly file: string;
  readonly text: string;
}

const pages: readonly Page[] = PAGES.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }));

/** As GitHub makes them of headings. */
function anchors(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading]) => heading!);
  const names = headings.map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set(names);
}

test.each(pages.map(({ file }) => file))('%s has no dead link to a file or heading', (file) => {
  const { text } = pages.find((page) => page.file === file)!;
  const targets = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, target]) => target!);
  const dead = targets.filter((target) => {
    const [path, anchor] = target.split('#') as [string, string?];
    const absolute = path === '' ? join(ROOT, file) : join(ROOT, dirname(file), path);
    if (!existsSync(absolute)) return true;
    return anchor !== undefined && !anchors(readFileSync(absolute, 'utf8')).has(anchor);
  });
  expect(dead).toEqual([]);
});

test.each(pages.map(({ file }) => file))('%s names no file that is not there', (file) => {
  const { text } = pages.find((page) => page.file === file)!;
  const named = [
    ...text.matchAll(/`((?:bench|bin|cli|docs|examples|lambda|lib|local|scripts|test|workload)\/[\w./-]+\.[a-z]+)`/g),
  ];
  const missing = named.map(([, name]) => name!).filter((name) => !existsSync(join(ROOT, name)));
  expect(missing).toEqual([]);
});

test.each(pages.map(({ file }) => file))('%s names no script that package.json does not have', (file) => {
  const { text } = pages.find((page) => page.file === file)!;
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
  const named = [...text.matchAll(/npm run (?:-s |--silent )?([a-z][\w:]*)/g)].map(([, name]) => name!);
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});
