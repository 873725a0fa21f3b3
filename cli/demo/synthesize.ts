import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A CDK app, as a `cdk.json` describes it. */
export interface CdkApp {
  /** The command that runs it, for a shell. */
  readonly app: string;
  /** Where it is run. */
  readonly directory: string;
  readonly context?: object;
}

/** The app of a directory's `cdk.json`; undefined when there is none. */
export function appIn(directory: string): CdkApp | undefined {
  const file = join(directory, 'cdk.json');
  if (!existsSync(file)) return undefined;
  const { app, context } = JSON.parse(readFileSync(file, 'utf8')) as { app?: string; context?: object };
  const lookedUp = join(directory, 'cdk.context.json');
  const found = existsSync(lookedUp) ? (JSON.parse(readFileSync(lookedUp, 'utf8')) as object) : {};
  return app === undefined ? undefined : { app, directory, context: { ...found, ...context } };
}

/** The reference app: bundled beside the command where that is shipped, in the repository what its cdk.json runs. */
export function referenceProject(): CdkApp {
  const bundled = join(__dirname, 'reference-app.js');
  if (existsSync(bundled)) return { app: `"${process.execPath}" "${bundled}"`, directory: process.cwd() };
  return appIn(join(__dirname, '../..'))!;
}

/**
 * Runs an app as `cdk synth` does, without starting the CDK CLI.
 *
 * @throws Error with what the app complains of
 */
export async function synthesize({ app, directory, context = {} }: CdkApp, outdir: string): Promise<void> {
  const child = spawn(app, {
    cwd: directory,
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
