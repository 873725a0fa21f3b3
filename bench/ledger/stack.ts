import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

/** Runs an app of examples/ as `cdk synth` does. */
export function synthesizeExample(name: string, outdir: string): void {
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  execFileSync(process.execPath, ['--require', 'tsx/cjs', join(ROOT, 'examples', `${name}.ts`)], {
    cwd: ROOT,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:enable-path-metadata': true }),
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
