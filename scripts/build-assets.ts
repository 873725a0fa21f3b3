/** Bundles every handler of lambda/ into assets/<name>/index.js, as it ships. */
import { readdirSync, rmSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { leanDependencies } from './lean-dependencies';

const root = join(__dirname, '..');
const assets = join(root, 'assets');
const handlers = readdirSync(join(root, 'lambda')).filter((name) =>
  existsSync(join(root, 'lambda', name, 'handler.ts')),
);

async function main(): Promise<void> {
  // Only what is stale: a test or a synthesis may be reading the others.
  const stale = existsSync(assets) ? readdirSync(assets).filter((name) => !handlers.includes(name)) : [];
  for (const name of stale) rmSync(join(assets, name), { recursive: true });
  await Promise.all(
    handlers.map((name) =>
      build({
        entryPoints: [join(root, 'lambda', name, 'handler.ts')],
        outfile: join(assets, name, 'index.js'),
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
      }),
    ),
  );
  console.log(`assets: ${handlers.join(', ')}`);
}

void main();
