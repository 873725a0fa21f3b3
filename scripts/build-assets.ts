/** Bundles every handler of lambda/ into assets/<name>/index.js, as it ships. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type OutputFile } from 'esbuild';
import { leanDependencies } from './lean-dependencies';

const root = join(__dirname, '..');
const assets = join(root, 'assets');
const handlers = readdirSync(join(root, 'lambda')).filter((name) =>
  existsSync(join(root, 'lambda', name, 'handler.ts')),
);

async function main(): Promise<void> {
  // Only what is stale, and below only what has changed: a test or a synthesis may be reading the others.
  const stale = existsSync(assets) ? readdirSync(assets).filter((name) => !handlers.includes(name)) : [];
  for (const name of stale) rmSync(join(assets, name), { recursive: true });
  // One build of all, so that what they share is read once.
  const { outputFiles } = await build({
    entryPoints: handlers.map((name) => ({ in: join(root, 'lambda', name, 'handler.ts'), out: join(name, 'index') })),
    outdir: assets,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    minify: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    mainFields: ['module', 'main'],
    plugins: [leanDependencies],
    logLevel: 'warning',
    write: false,
  });
  outputFiles.forEach(writeIfChanged);
  console.log(`assets: ${handlers.join(', ')}`);
}

/** Whoever reads meanwhile sees the file before or after, never a part of it. */
function writeIfChanged({ path, contents }: OutputFile): void {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const written = `${path}.${process.pid}`;
  writeFileSync(written, contents);
  renameSync(written, path);
}

void main();
