/** What a user does with the package: installs it into an app of their own, outside this repository, and synthesizes. */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(__dirname, '../..');
const APP = join(__dirname, 'app');
const MINUTES = 60_000;

/** @throws Error with all that the program said */
export async function run(
  program: string,
  args: readonly string[],
  { cwd = ROOT, env = process.env }: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, {
      cwd,
      env,
      timeout: 5 * MINUTES,
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}\n${stderr}`);
  }
}

export interface Tarball {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

export async function pack(): Promise<Tarball> {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  const answer = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]);
  const [tarball] = JSON.parse(answer) as (Omit<Tarball, 'path'> & { filename: string })[];
  return { ...tarball!, path: join(folder, tarball!.filename) };
}

export interface Versions {
  readonly 'aws-cdk-lib': string;
  readonly constructs: string;
}

/** An app with nothing but the package and its peers. @returns its folder */
export async function installed(tarball: Tarball, versions: Versions): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'app-'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ private: true, dependencies: { ...versions, 'cdk-batch-foreman': `file:${tarball.path}` } }),
  );
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--no-package-lock'], { cwd: folder });
  cpSync(join(APP, 'app.js'), join(folder, 'app.js'));
  return folder;
}

export interface Assembly {
  readonly directory: string;
  readonly template: { readonly Resources: Readonly<Record<string, { readonly Type: string }>> };
}

function assembly(directory: string): Assembly {
  return { directory, template: JSON.parse(readFileSync(join(directory, 'Jobs.template.json'), 'utf8')) };
}

/** Where no program but Node.js is found: neither esbuild nor Docker. */
function bareEnvironment(directory: string): NodeJS.ProcessEnv {
  const bin = mkdtempSync(join(tmpdir(), 'bin-'));
  cpSync(process.execPath, join(bin, 'node'));
  return { PATH: bin, HOME: directory, CDK_OUTDIR: directory };
}

export async function synthesized(folder: string): Promise<Assembly> {
  const directory = join(folder, 'cdk.out');
  await run(process.execPath, ['app.js'], { cwd: folder, env: bareEnvironment(directory) });
  return assembly(directory);
}

/**
 * The same app in Python, by a virtual environment that is kept for each version of aws-cdk-lib.
 *
 * @param app where the package is installed with that version
 */
export async function synthesizedByPython(app: string, { 'aws-cdk-lib': version }: Versions): Promise<Assembly> {
  const environment = join(ROOT, '.cache', `package-python-${version}`);
  const python = join(environment, 'bin/python');
  await run('python3', ['-m', 'venv', environment]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--prefer-binary', '--no-compile'];
  await run(python, [...install, `aws-cdk-lib==${version}`]);

  const folder = mkdtempSync(join(tmpdir(), 'python-'));
  const generator = join(ROOT, 'node_modules/.bin/jsii-pacmak');
  const generated = join(folder, 'generated');
  const source = join(app, 'node_modules/cdk-batch-foreman');
  await run(generator, ['--targets', 'python', '--code-only', '--outdir', generated, source]);
  const site = join(folder, 'site');
  await run(python, [...install, '--no-deps', '--target', site, join(generated, 'python')]);
  const directory = join(folder, 'cdk.out');
  await run(python, [join(APP, 'app.py')], {
    cwd: folder,
    env: { ...bareEnvironment(directory), PYTHONPATH: site },
  });
  return assembly(directory);
}

/** For a range Maven asks of each version there is. */
const JAVA_VERSIONS = /<version>\[([\d.]+),[^<]*<\/version>/g;
/**
 * What is generated has members of interfaces that came after the lowest version, which javac looks for though nothing at run
 * time does.
 */
const CDK_FOR_JAVA = '2.263.0';

/** Whether Java programs can be compiled. */
export const hasJava: boolean = ['javac', 'mvn'].every((program) => spawnSync(program, ['-version']).status === 0);

/** What Maven says when it cannot get something. */
const OFFLINE = /Could not (resolve|transfer|find)|Network is unreachable|No versions available/;

/**
 * An app in Java, compiled with what is generated of the package.
 *
 * @param app where the package is installed with the lowest versions that are allowed
 * @returns the class files, by their paths; nothing where what it needs cannot be had
 */
export async function compileByJava(app: string, { 'aws-cdk-lib': version }: Versions): Promise<string[] | undefined> {
  const generated = join(mkdtempSync(join(tmpdir(), 'java-')), 'generated');
  const generator = join(ROOT, 'node_modules/.bin/jsii-pacmak');
  const source = join(app, 'node_modules/cdk-batch-foreman');
  await run(generator, ['--targets', 'java', '--code-only', '--outdir', generated, source]);
  const project = join(generated, 'java');
  const pom = join(project, 'pom.xml');
  const floor = `<version>${version}</version>`;
  const pinned = readFileSync(pom, 'utf8').replace(JAVA_VERSIONS, '<version>$1</version>');
  writeFileSync(pom, pinned.replace(floor, `<version>${CDK_FOR_JAVA}</version>`));
  mkdirSync(join(project, 'src/main/java/app'));
  cpSync(join(APP, 'App.java'), join(project, 'src/main/java/app/App.java'));
  try {
    await run('mvn', ['--quiet', '--batch-mode', 'compile'], { cwd: project });
  } catch (error) {
    if (OFFLINE.test((error as Error).message)) return undefined;
    throw error;
  }
  return readdirSync(join(project, 'target/classes'), { recursive: true, encoding: 'utf8' });
}

/** The files of an asset folder, for each Lambda function. */
export function functionCode({ directory }: Assembly): string[] {
  const manifest = JSON.parse(readFileSync(join(directory, 'Jobs.assets.json'), 'utf8')) as {
    files: Record<string, { source: { path: string; packaging: string } }>;
  };
  return Object.values(manifest.files)
    .filter(({ source }) => source.packaging === 'zip')
    .map(({ source }) => join(directory, source.path));
}
