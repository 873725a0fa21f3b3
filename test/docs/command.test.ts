/** The examples of docs/command.md: each is run, on an AWS that is as the page says, and says what the page says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Duration } from 'aws-cdk-lib';
import { ConcurrencyPolicy, RetryRule } from '../../lib';
import { command } from '../cli/command';
import { Door } from '../cli/door';
import { loadExample } from '../examples/example';
import { Account } from '../lambda/capacity-report/account';
import { FAILS, RetriesEnvironment, SUCCEEDS, synthesize as retriesApp } from '../stack/job-retries/environment';
import { cron, Environment, synthesize as schedulesApp } from '../stack/scheduled-job/environment';

const page = readFileSync(join(__dirname, '../../docs/command.md'), 'utf8');

interface Example {
  readonly argv: readonly string[];
  readonly output: string;
}

const EXAMPLES: readonly Example[] = [...page.matchAll(/^```console\n\$ npx batch-foreman (.*)\n([^]*?)^```$/gm)].map(
  ([, line = '', output = '']) => ({ argv: line.split(' '), output }),
);
const of = (verb: string) => EXAMPLES.filter(({ argv }) => argv[0] === verb);

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Ids are what they are: the first, the second, … of a text; and a day takes as long as the machine needs. */
function normalized(text: string): string {
  const ids: string[] = [];
  const numbered = text.replaceAll(UUID, (id) => {
    if (!ids.includes(id)) ids.push(id);
    return `<id ${ids.indexOf(id) + 1}>`;
  });
  return numbered
    .replace(/virtual time in \d+ s/, 'virtual time in … s')
    .replaceAll(/ +$/gm, '')
    .trimEnd();
}

async function check({ argv, output }: Example, now: number, jobId = ''): Promise<void> {
  const words = argv.map((word) => word.replaceAll(UUID, jobId));
  const { exitCode, stdout, stderr } = await command(words, { now });
  expect({ argv, exitCode, stderr }).toEqual({ argv, exitCode: 0, stderr: '' });
  expect(normalized(stdout)).toBe(normalized(output));
}

let door: Door;
const folder = mkdtempSync(join(tmpdir(), 'command-'));
const before = process.cwd();
beforeAll(async () => {
  door = await Door.open();
});
afterAll(async () => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
  await door.close();
});

test('every verb has a section, and every one that asks AWS an example', () => {
  const sections = [...page.matchAll(/^## `(\w+)/gm)].map(([, verb]) => verb);
  const help = readFileSync(join(__dirname, '../cli/help.txt'), 'utf8').split('\n---')[0]!;
  const verbs = [...help.matchAll(/^ {2}(\w+) .*\[options\]/gm)].map(([, verb]) => verb);
  expect(sections).toEqual(verbs);
  expect(new Set(EXAMPLES.map(({ argv }) => argv[0]))).toEqual(
    new Set(['why', 'runs', 'lineage', 'retry', 'backfill', 'rehearse', 'simulate']),
  );
});

test('why', async () => {
  const account = new Account();
  door.serve(account.aws);
  await account.unmanaged('training', { cpu: { type: 'm5.xlarge', max: 1, desired: 1 } });
  await account.queue('nightly', ['training']);
  await account.submit('nightly', { vcpus: 3 });
  const jobId = await account.submit('nightly', { vcpus: 2 });
  await account.advance(60);
  for (const example of of('why')) await check(example, account.now(), jobId);
});

test('runs and backfill', async () => {
  const assembly = schedulesApp(({ add }) => {
    add('import', cron('0 * * * ? *'), { runSeconds: 5400, concurrencyPolicy: ConcurrencyPolicy.FORBID });
  });
  const environment = await Environment.deploy(assembly);
  door.serve(environment.aws);
  await environment.until('2026-01-01T03:05:00');
  for (const example of [...of('runs'), ...of('backfill')]) await check(example, environment.now);
});

test('lineage and retry', async () => {
  const rules = [RetryRule.onOutOfMemory({ memoryFactor: 2, attempts: 3, delay: Duration.seconds(1) })];
  const environment = await RetriesEnvironment.deploy(retriesApp(({ spot }) => ({ queues: [spot], rules })));
  door.serve(environment.aws);
  const grown = await environment.submit({
    jobName: 'train',
    plays: [{ peakMemoryMiB: 3000 }, { peakMemoryMiB: 3000 }],
  });
  const failed = await environment.submit({ jobName: 'report', plays: [FAILS, SUCCEEDS], queue: 'OnDemand' });
  await environment.advance(900);
  for (const example of of('lineage')) await check(example, environment.aws.clock.now(), grown);
  for (const example of of('retry')) await check(example, environment.aws.clock.now(), failed);
});

test('rehearse and simulate', async () => {
  const { directory } = loadExample('spot-fleet').synth();
  process.chdir(folder);
  for (const [, name = '', text = ''] of page.matchAll(/^`(\w+\.jsonl)`:\n\n```jsonl\n([^]*?)^```$/gm)) {
    writeFileSync(name, text);
  }
  for (const { argv, output } of of('rehearse')) {
    await check({ argv: argv.map((word) => (word === 'cdk.out' ? directory : word)), output }, 0);
  }
  for (const example of of('simulate')) await check(example, 0);
});
