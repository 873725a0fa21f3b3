/** Bundles the `batch-foreman` command into one file, and beside it the reference app that its `demo` deploys. */
import { writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildOptions, Plugin } from 'esbuild';
import { build } from 'esbuild';
import { thirdPartyLicences } from './third-party-licences';

const root = join(__dirname, '..');
const folder = join(root, 'command');

const common: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  minify: true,
  legalComments: 'none',
  mainFields: ['module', 'main'],
  logLevel: 'warning',
};

/**
 * dynalite can keep its tables on disk, by a native library, and here keeps them in memory; and it loads its operations by
 * names without an ending, of which a bundle knows nothing.
 */
const bundledDynalite: Plugin = {
  name: 'bundled-dynalite',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^level$/ }, () => ({ path: 'level', namespace: 'none' }));
    onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'exports.Level = undefined' }));
    onLoad({ filter: /\/dynalite\/index\.js$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      const contents = source.replaceAll(/require\(('\.\/\w+\/') \+ action\)/g, "require($1 + action + '.js')");
      if (contents === source) throw new Error(`${path} loads its operations in another way than before`);
      return { contents };
    });
  },
};

/** The constructs are those of the package, beside the command. */
const ownConstructs: Plugin = {
  name: 'own-constructs',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.\/lib$/ }, () => ({ path: '../dist/index.js', external: true }));
  },
};

async function main(): Promise<void> {
  const [{ metafile }] = await Promise.all([
    build({
      ...common,
      entryPoints: [join(root, 'cli/batch-foreman.ts')],
      outfile: join(folder, 'index.js'),
      banner: { js: '#!/usr/bin/env node' },
      plugins: [bundledDynalite],
      absWorkingDir: root,
      metafile: true,
    }),
    build({
      ...common,
      entryPoints: [join(root, 'bin/batch.ts')],
      outfile: join(folder, 'reference-app.js'),
      external: ['aws-cdk-lib', 'constructs'],
      plugins: [ownConstructs],
    }),
  ]);
  writeFileSync(join(folder, 'LICENCES.txt'), thirdPartyLicences(metafile, root));
  console.log('command: index.js, reference-app.js');
}

void main();
