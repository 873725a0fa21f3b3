import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = join(__dirname, '../..');
const LOADS = 7;

/** Loads a file in a process of its own; tells milliseconds and the size of all that was loaded. */
const LOAD = `
const { performance } = require('node:perf_hooks');
const fs = require('node:fs');
const start = performance.now();
require(process.argv[1]);
const milliseconds = performance.now() - start;
const bytes = Object.keys(require.cache).reduce((sum, file) => sum + fs.statSync(file).size, 0);
console.log(JSON.stringify({ milliseconds, bytes }));
`;

interface Load {
  readonly milliseconds: number;
  readonly bytes: number;
}

/** Each handler's bundle beside the same handler that loads the SDK from node_modules. */
export async function bundles(): Promise<string[]> {
  const out = mkdtempSync(join(ROOT, 'node_modules/.unbundled-'));
  try {
    const lines: string[] = [];
    for (const name of readdirSync(join(ROOT, 'assets')).sort()) {
      const bundle = join(ROOT, 'assets', name, 'index.js');
      const unbundled = join(out, `${name}.js`);
      await build({
        entryPoints: [join(ROOT, 'lambda', name, 'handler.ts')],
        outfile: unbundled,
        bundle: true,
        packages: 'external',
        platform: 'node',
        target: 'node20',
        format: 'cjs',
        logLevel: 'warning',
      });
      const [small, large] = [median(bundle), median(unbundled)];
      lines.push(
        `${name}: ${kilobytes(statSync(bundle).size)} and ${small.milliseconds.toFixed(0)} ms to load; unbundled ${kilobytes(large.bytes)} and ${large.milliseconds.toFixed(0)} ms`,
      );
    }
    return lines;
  } finally {
    rmSync(out, { recursive: true });
  }
}

function median(file: string): Load {
  const loads = Array.from({ length: LOADS }, () => {
    return JSON.parse(execFileSync(process.execPath, ['-e', LOAD, file], { encoding: 'utf8' })) as Load;
  });
  return loads.sort((a, b) => a.milliseconds - b.milliseconds)[Math.floor(LOADS / 2)]!;
}

function kilobytes(bytes: number): string {
  return `${Math.round(bytes / 1024)} KB`;
}
