/** What the README shows works, and it says the same in each language. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import { transformSync } from '@swc/core';
import { App, CfnOutput, type Stack } from 'aws-cdk-lib';
import { BatchStack } from '../../bin/batch-stack';
import type { DeployedStack } from '../../local/cloud-formation/cloud-formation';
import { createLocalAws } from '../../local/local-aws';
import { ROOT, snippetsOf } from './snippets';

const LANGUAGES = ['README.md', 'README.ja.md'];

/** Constructs that a page links or names in its table of what is there. */
function constructsOf(page: string): string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const rows = [...text.matchAll(/^\| (`[A-Z][^|]*) \|/gm)].map(([, names]) => names!);
  return rows.flatMap((names) => [...names.matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name!)).sort();
}

test('it has the same code and commands in each language', () => {
  const [english, ...others] = LANGUAGES.map((page) =>
    snippetsOf(page).map(({ language, code }) => ({ language, code })),
  );
  expect(english!.map(({ language }) => language)).toEqual(['mermaid', 'sh', 'sh', 'ts', 'sh']);
  for (const other of others) expect(other).toEqual(english);
});

test('it tells of the same constructs in each language, and each is exported', () => {
  const [english, ...others] = LANGUAGES.map(constructsOf);
  expect(english).toContain('BatchCluster');
  for (const other of others) expect(other).toEqual(english);
  const library = jest.requireActual<Record<string, unknown>>('../../lib');
  expect(english!.filter((name) => !(name in library))).toEqual([]);
});

test('it points to the same guides in each language', () => {
  const guidesOf = (page: string): string[] => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    return [...new Set([...text.matchAll(/\]\((docs\/[\w./-]+)\)/g)].map(([, target]) => target!))].sort();
  };
  const [english, ...others] = LANGUAGES.map(guidesOf);
  for (const other of others) expect(other.filter((guide) => !english!.includes(guide))).toEqual([]);
  expect(english!.every((guide) => existsSync(join(ROOT, guide)))).toBe(true);
});

test('its example, in a file of its own, runs a job on the local AWS', async () => {
  const { code } = snippetsOf('README.md').find(({ language }) => language === 'ts')!;
  const module: { stack?: Stack; queue?: { jobQueueName: string }; job?: { jobDefinitionName: string } } = {};
  const { code: javascript } = transformSync(`${code}\nexport { stack, queue, job };`, {
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  new Function('exports', 'require', javascript)(module, (id: string): unknown =>
    jest.requireActual(id === 'cdk-batch-foreman' ? '../../lib' : id),
  );
  new CfnOutput(module.stack!, 'QueueName', { value: module.queue!.jobQueueName });
  new CfnOutput(module.stack!, 'JobName', { value: module.job!.jobDefinitionName });
  const aws = createLocalAws();
  const [{ outputs }] = (await aws.deploy((module.stack!.node.root as App).synth().directory)) as [DeployedStack];
  await aws
    .client(BatchClient)
    .send(
      new SubmitJobCommand({ jobName: 'first', jobQueue: outputs['QueueName'], jobDefinition: outputs['JobName'] }),
    );
  const clock = aws.virtualClock!;
  const over = (): boolean => [...aws.services.batch.jobs()].every(({ status }) => status === 'SUCCEEDED');
  expect(await clock.runUntilHolds(over, clock.now() + 3_600_000)).toBe(true);
});

test('the outputs that it reads are those of the reference app', () => {
  const stack = new BatchStack(new App(), 'Batch');
  const commands = snippetsOf('README.md')
    .filter(({ language }) => language === 'sh')
    .map(({ code }) => code)
    .join('\n');
  const outputs = [...commands.matchAll(/\.Batch\.(\w+)/g)].map(([, name]) => name!);
  expect(outputs).toHaveLength(2);
  for (const name of outputs) expect(stack.findOutput(name).node.id).toBe(name);
});

test('each guide is found from the index of the guides', () => {
  const index = readFileSync(join(ROOT, 'docs/README.md'), 'utf8');
  const guides = readdirSync(join(ROOT, 'docs')).filter((file) => file.endsWith('.md') && file !== 'README.md');
  expect(guides.filter((file) => !index.includes(`](${file})`))).toEqual([]);
});
