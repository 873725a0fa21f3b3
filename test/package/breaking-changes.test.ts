/** What users of the last release would have to change: nothing, before the next version may break. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { ROOT, run } from './installation';

/** The assembly of the last release; `npm run api:baseline` writes it when a version is released. */
const BASELINE = join(__dirname, 'released.jsii.gz');

interface Assembly {
  version: string;
  readonly types: Record<string, { members?: unknown; properties?: { name: string; optional?: true }[] }>;
}

function assemblyOf(file: string): Assembly {
  const bytes = readFileSync(file);
  return JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as Assembly;
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

/** A package that has nothing but an assembly, where what it depends on is found. */
function packageOf(assembly: Assembly): string {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(ROOT, '.cache/assembly-'));
  folders.push(folder);
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  writeFileSync(join(folder, '.jsii'), JSON.stringify(assembly));
  return folder;
}

/** @returns what jsii-diff complains of; nothing when it finds no break */
async function breaks(before: Assembly, after: Assembly): Promise<string> {
  const args = ['--error-on', 'all', packageOf(before), packageOf(after)];
  try {
    await run(join(ROOT, 'node_modules/.bin/jsii-diff'), args);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

const now = assemblyOf(join(ROOT, '.jsii'));

test('a release has its assembly kept, and nothing else has', () => {
  const [, released] = /^## \[?(\d+\.\d+\.\d+)/m.exec(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')) ?? [];
  const kept = existsSync(BASELINE) ? assemblyOf(BASELINE).version : undefined;
  expect(kept).toBe(released);
});

test('nothing is broken that was released, unless the version says so', async () => {
  const before = existsSync(BASELINE) ? assemblyOf(BASELINE) : now;
  // Before 1.0.0 a minor version may break, afterwards a major one.
  const breaking = ({ version }: Assembly) =>
    version
      .split('.')
      .slice(0, version.startsWith('0.') ? 2 : 1)
      .join('.');
  if (breaking(before) === breaking(now)) expect(await breaks(before, now)).toBe('');
});

test('it is seen when a property is gone, or has to be given that had not', async () => {
  const NAME = 'cdk-batch-foreman.JobTimeoutsProps';
  const changed = (change: (properties: { name: string; optional?: true }[]) => { name: string }[]): Assembly => {
    const types = { ...now.types, [NAME]: { ...now.types[NAME], properties: change(now.types[NAME]!.properties!) } };
    return { ...now, types } as Assembly;
  };
  const without = changed((properties) => properties.filter(({ name }) => name !== 'dryRun'));
  expect(await breaks(now, without)).toContain('dryRun');
  const required = changed((properties) =>
    properties.map(({ optional, ...rest }) => (rest.name === 'dryRun' ? rest : { ...rest, optional })),
  );
  expect(await breaks(now, required)).toContain('dryRun');
});
