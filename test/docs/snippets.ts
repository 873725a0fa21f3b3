/** The code in README and docs. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');

/** README and docs in every language, but not what is generated or told of the past. */
export const PAGES: readonly string[] = execFileSync(
  'git',
  ['ls-files', 'README*.md', 'docs/*.md', 'CONTRIBUTING.md'],
  {
    cwd: ROOT,
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((file) => file !== '');

export interface Snippet {
  readonly page: string;
  /** Of the page, where the code begins; from 1. */
  readonly line: number;
  /** What stands behind the fence. */
  readonly language: string;
  readonly code: string;
}

export function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)].map(({ 2: language, 3: code, index }) => ({
    page,
    line: text.slice(0, index).split('\n').length + 1,
    language: language!,
    code: code!,
  }));
}
