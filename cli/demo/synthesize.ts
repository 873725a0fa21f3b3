import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface CdkSettings {
  readonly app: string;
  readonly context?: object;
}

/** Runs the app of a directory's cdk.json as `cdk synth` does, without starting the CDK CLI. */
export async function synthesize(project: string, outdir: string): Promise<void> {
  const { app, context = {} } = JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8')) as CdkSettings;
  const child = spawn(app, {
    cwd: project,
    shell: true,
    env: {
      ...process.env,
      CDK_OUTDIR: outdir,
      // So that whatever cannot be deployed is named by where the app makes it.
      CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:enable-path-metadata': true }),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()));
  const exitCode = await new Promise((resolve, reject) => child.on('error', reject).on('close', resolve));
  if (exitCode !== 0) throw new Error(`The app does not synthesize:\n${complaints.trim()}`);
}
