import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Assembly, Tarball, Versions } from './installation';
import { HttpDoor } from '../../local/http/door';
import { Account } from '../lambda/capacity-report/account';
import {
  compileByJava,
  functionCode,
  hasJava,
  installed,
  pack,
  ROOT,
  run,
  synthesized,
  synthesizedByPython,
} from './installation';

jest.setTimeout(900_000);

const { peerDependencies, devDependencies, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  peerDependencies: Versions;
  devDependencies: Versions;
  version: string;
};
const floorOf = (range: string) => range.replace(/^\^/, '');
const FLOOR: Versions = {
  'aws-cdk-lib': floorOf(peerDependencies['aws-cdk-lib']),
  constructs: floorOf(peerDependencies.constructs),
};

const handlers = readdirSync(join(ROOT, 'lambda')).filter((name) =>
  existsSync(join(ROOT, 'lambda', name, 'handler.ts')),
);

/** What the app's environments need of them. */
const FUNCTIONS_OF_APP = 2;

let tarball: Tarball;
beforeAll(async () => {
  tarball = await pack();
});

describe('the tarball', () => {
  const paths = () => tarball.files.map(({ path }) => path);

  test('has the constructs, what they read, and what other languages are made from', () => {
    expect(paths()).toEqual(
      expect.arrayContaining(['package.json', 'LICENSE', 'README.md', 'API.md', '.jsii', 'dist/index.js']),
    );
    expect(paths()).toContain('dist/index.d.ts');
    expect(paths()).toContain('dist/capacity/instance-shapes.json');
    expect(paths()).toEqual(
      expect.arrayContaining(['command/index.js', 'command/reference-app.js', 'command/LICENCES.txt']),
    );
  });

  test.each(handlers)('has the bundle of %s with its source map', (name) => {
    expect(paths()).toEqual(expect.arrayContaining([`assets/${name}/index.js`, `assets/${name}/index.js.map`]));
  });

  test('has nothing else', () => {
    const expected =
      /^(package\.json|LICENSE|README(\.ja)?\.md|API\.md|\.jsii|dist\/.+\.(js|d\.ts|json)|assets\/.+\/index\.js(\.map)?|command\/(index\.js|reference-app\.js|LICENCES\.txt)|node_modules\/croner\/.+)$/;
    expect(paths().filter((path) => !expected.test(path))).toEqual([]);
    const bundles = paths().filter((path) => path.startsWith('assets/'));
    expect(bundles).toHaveLength(2 * handlers.length);
  });

  test('is found right by publint', async () => {
    const told = await run(join(ROOT, 'node_modules/.bin/publint'), ['run', tarball.path, '--strict']);
    expect(told).toContain('All good!');
  });

  test('is small', () => {
    // Nearly half of it is the command, which brings the local AWS and its charts.
    expect(tarball.size).toBeLessThan(4_500_000);
    expect(tarball.unpackedSize).toBeLessThan(20_000_000);
  });
});

describe('an app outside the repository, without esbuild or Docker,', () => {
  let folder: string;
  let atFloor: Assembly;

  test('installs and synthesizes with the oldest aws-cdk-lib and constructs that are allowed', async () => {
    folder = await installed(tarball, FLOOR);
    expect(existsSync(join(folder, 'node_modules/esbuild'))).toBe(false);
    atFloor = await synthesized(folder);
    checkAssembly(atFloor);
  });

  test('installs and synthesizes with the newest that are tested', async () => {
    const { 'aws-cdk-lib': lib, constructs } = devDependencies;
    checkAssembly(await synthesized(await installed(tarball, { 'aws-cdk-lib': lib, constructs })));
  });

  describe('has the command', () => {
    const commandOf = (...args: string[]) =>
      run('npx', ['--no-install', 'batch-foreman', ...args], { cwd: folder, env });
    const env = {
      ...process.env,
      AWS_ACCESS_KEY_ID: 'any',
      AWS_SECRET_ACCESS_KEY: 'any',
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    };

    test('which says what it does', async () => {
      const [page] = readFileSync(join(ROOT, 'test/cli/help.txt'), 'utf8').split('\n-----');
      expect(await commandOf('--help')).toBe(page);
      expect(await commandOf('--version')).toBe(`${version}\n`);
    });

    test('which explains a job of whatever AWS it is pointed at', async () => {
      const account = new Account();
      await account.fargate('env', 1);
      await account.queue('queue', ['env']);
      await account.submit('queue', { fargate: true, memoryMiB: 2048 });
      const jobId = await account.submit('queue', { fargate: true, memoryMiB: 2048 });
      const door = await HttpDoor.open(0, (error) => {
        throw error;
      });
      door.serve(account.aws);
      try {
        const told = await commandOf('why', jobId, '--endpoint', door.url);
        expect(told).toContain(`job ${jobId} is RUNNABLE in queue\n`);
        expect(told).toContain('short by 1 vCPU');
      } finally {
        await door.close();
      }
    });

    test('which plays the reference app that ships with it, and rehearses the app that it was installed for', async () => {
      const trace = join(folder, 'trace.jsonl');
      writeFileSync(trace, JSON.stringify({ arrival: 0, run: 60, vcpus: 1, memoryMiB: 1024, gpus: 0 }));
      const demo = await commandOf('demo', '--trace', trace, '--format', 'jsonl', '--json');
      expect(JSON.parse(demo)).toMatchObject({ submitted: 1, succeeded: 1, finalInstances: 0, killedByScaleIn: 0 });
      const submissions = join(folder, 'jobs.jsonl');
      writeFileSync(submissions, JSON.stringify({ job: 'Train', queue: 'ClusterQueue', run: 600 }));
      const rehearsed = await commandOf('rehearse', '--assembly', 'cdk.out', '--submissions', submissions, '--json');
      expect(JSON.parse(rehearsed)).toMatchObject({ summary: { succeeded: 1, killedByScaleIn: 0 }, stuck: [] });
    });
  });

  test('gives the same template in Python', async () => {
    const { template } = await synthesizedByPython(folder, FLOOR);
    expect(template).toEqual(atFloor.template);
  });

  if (!hasJava) process.stdout.write('SKIPPED Java: there is no JDK with Maven\n');
  (hasJava ? test : test.skip)('compiles in Java', async () => {
    const classes = await compileByJava(folder, FLOOR);
    if (classes === undefined) return void process.stdout.write('SKIPPED Java: Maven cannot get what it needs\n');
    expect(classes).toEqual(expect.arrayContaining(['app/App.class', 'io/github/cdkbatchforeman/BatchCluster.class']));
  });

  function checkAssembly(assembly: Assembly): void {
    const types = Object.values(assembly.template.Resources).map(({ Type }) => Type);
    expect(types.filter((type) => type === 'AWS::Lambda::Function')).toHaveLength(FUNCTIONS_OF_APP);
    expect(types.filter((type) => type === 'AWS::Batch::ComputeEnvironment')).toHaveLength(3);
    const code = functionCode(assembly);
    expect(code).toHaveLength(FUNCTIONS_OF_APP);
    for (const folder of code) expect(readdirSync(folder).sort()).toEqual(['index.js', 'index.js.map']);
  }
});

test('API.md says what the docstrings say; npm run docs:api writes it', async () => {
  const written = join(mkdtempSync(join(tmpdir(), 'api-')), 'API.md');
  await run(join(ROOT, 'node_modules/.bin/jsii-docgen'), ['--output', written]);
  expect(readFileSync(join(ROOT, 'API.md'), 'utf8')).toBe(readFileSync(written, 'utf8'));
});
