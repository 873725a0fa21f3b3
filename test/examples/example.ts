/** The apps of examples/, synthesized as they stand and run on the local AWS. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import type { SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { transformSync } from '@swc/core';
import type { App } from 'aws-cdk-lib';
import type { JobReport } from '../../local/batch/jobs/job-report';
import type { DeployedStack } from '../../local/cloud-formation/cloud-formation';
import { createLocalAws, type LocalAws, type LocalAwsOptions } from '../../local/local-aws';

const ROOT = join(__dirname, '../..');
const FOLDER = join(ROOT, 'examples');

/** The names of all examples. */
export const EXAMPLES: readonly string[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -'.ts'.length))
  .sort();

/** Runs an example's file under the context of cdk.json. @returns the app that it makes: a new one each time */
export function loadExample(name: string): App {
  const file = join(FOLDER, `${name}.ts`);
  const { code } = transformSync(readFileSync(file, 'utf8'), {
    filename: file,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const { context } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')) as { context: object };
  const before = process.env.CDK_CONTEXT_JSON;
  process.env.CDK_CONTEXT_JSON = JSON.stringify({ ...context, 'aws:cdk:enable-path-metadata': true });
  const example: { app?: App } = {};
  try {
    // Evaluated here, and not required, so that it can be done again without loading aws-cdk-lib again.
    new Function('exports', 'require', code)(example, (id: string): unknown => jest.requireActual(fromFolder(id)));
  } finally {
    if (before === undefined) delete process.env.CDK_CONTEXT_JSON;
    else process.env.CDK_CONTEXT_JSON = before;
  }
  if (!example.app) throw new Error(`${file} exports no app`);
  return example.app;
}

function fromFolder(id: string): string {
  return id.startsWith('.') ? join(FOLDER, id) : id;
}

export interface ExampleTemplate {
  readonly Resources: Record<string, { readonly Type: string; DependsOn?: string[] }>;
}

/** What is different from an example as it stands. */
export interface Rehearsal {
  readonly local?: LocalAwsOptions;
  /** Takes something out of each template. */
  readonly spoil?: (template: ExampleTemplate) => void;
}

/** An example that is deployed to a local AWS of its own. */
export class RunningExample {
  private readonly batch: BatchClient;

  private constructor(
    readonly aws: LocalAws,
    readonly stacks: readonly DeployedStack[],
  ) {
    this.batch = aws.client(BatchClient);
  }

  /** @param prepare makes what is there before the example is deployed */
  static async deploy(
    name: string,
    prepare: (aws: LocalAws) => Promise<void> = async () => {},
    { local, spoil }: Rehearsal = {},
  ): Promise<RunningExample> {
    const aws = createLocalAws(local);
    await prepare(aws);
    const assembly = loadExample(name).synth();
    for (const { templateFullPath, template } of spoil ? assembly.stacksRecursively : []) {
      spoil!(template as ExampleTemplate);
      writeFileSync(templateFullPath, JSON.stringify(template));
    }
    return new RunningExample(aws, await aws.deploy(assembly.directory));
  }

  /** An output of any of its stacks, or of those whose names begin so. */
  output(name: string, stack = ''): string {
    const value = this.stacks
      .filter(({ name: stackName }) => stackName.startsWith(stack))
      .map(({ outputs }) => outputs[name])
      .find((candidate) => candidate !== undefined);
    if (value === undefined) throw new Error(`No stack has an output ${name}`);
    return value;
  }

  /** @returns the job's id */
  async submit(input: Omit<SubmitJobCommandInput, 'jobName'>): Promise<string> {
    const { jobId } = await this.batch.send(new SubmitJobCommand({ jobName: 'job', ...input }));
    return jobId!;
  }

  job(jobId: string): JobReport {
    const job = [...this.aws.services.batch.jobs()].find(({ id }) => id === jobId);
    if (!job) throw new Error(`There is no job ${jobId}`);
    return job;
  }

  /** What the instance has that the job has run on, as long as it is there. */
  instanceOf(jobId: string) {
    const { containerInstanceArn } = this.job(jobId);
    const { boots, ec2, ecs } = this.aws.services;
    const instanceId = ecs.hostOf(containerInstanceArn!)!;
    const volumes = ec2.volumesNow().filter(({ attachment }) => attachment?.instanceId === instanceId);
    return { instanceId, mounts: boots.mountsOf(instanceId), volumes };
  }

  advance(seconds: number): Promise<void> {
    return this.aws.virtualClock!.advance(seconds * 1000);
  }

  /** Runs until the job has ended. @throws when it has not within that time */
  async ended(jobId: string, seconds = 7200): Promise<JobReport> {
    const clock = this.aws.virtualClock!;
    const over = (): boolean => ['SUCCEEDED', 'FAILED'].includes(this.job(jobId).status);
    if (await clock.runUntilHolds(over, clock.now() + seconds * 1000)) return this.job(jobId);
    throw new Error(`Not ended within ${seconds} s: ${JSON.stringify(this.job(jobId))}`);
  }
}
