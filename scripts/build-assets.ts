/** Bundles every handler of lambda/ into assets/<name>/index.js, as it ships. */
import { readdirSync, rmSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(__dirname, '..');
const handlers = readdirSync(join(root, 'lambda')).filter((name) =>
  existsSync(join(root, 'lambda', name, 'handler.ts')),
);

async function main(): Promise<void> {
  rmSync(join(root, 'assets'), { recursive: true, force: true });
  await Promise.all(
    handlers.map((name) =>
      build({
        entryPoints: [join(root, 'lambda', name, 'handler.ts')],
        outfile: join(root, 'assets', name, 'index.js'),
        bundle: true,
        platform: 'node',
        target: 'node20',
        format: 'cjs',
        minify: true,
        sourcemap: true,
        sourcesContent: false,
        legalComments: 'none',
        mainFields: ['module', 'main'],
        logLevel: 'warning',
      }),
    ),
  );
  console.log(`assets: ${handlers.join(', ')}`);
}

void main();
