import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BatchClient } from '@aws-sdk/client-batch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { explainJob } from '../../lambda/capacity-report/explain/explainer';
import { LocalAws } from '../../local/local-aws';
import { Random } from '../../local/simulation/random';
import { type Console, print, printJson } from '../command/console';
import { CommandError, UsageError } from '../command/errors';
import { summarize } from '../demo/summary';
import { appIn, type CdkApp, synthesize } from '../demo/synthesize';
import { statusLine, terminalOf } from '../demo/terminal';
import { duration } from '../demo/units';
import { play, type Played } from '../play/play';
import { writePage } from '../report/page';
import { instanceCost, runReport } from '../report/run-report';
import { Sampler } from '../report/sampling';
import { comparisonOf } from '../cost/comparison';
import { fargateUse } from '../cost/fargate';
import { pricesOf } from '../cost/prices';
import { appOf } from './app';
import type { RehearseOptions } from './options';
import { factsOf, render, type Rehearsed, type Stuck } from './render';
import { lacksIn } from './shortage';
import { jobsInWords } from './words';
import { rehearsal } from './workload';

const SAMPLE_EVERY = 60_000;
const DAY_SECONDS = 86_400;

/** @throws CommandError when jobs were refused, wait for ever, or were killed by scale-in */
export async function rehearse(options: RehearseOptions, console: Console): Promise<void> {
  const { assembly } = options;
  if (assembly !== undefined) return rehearseAssembly(assembly, options, console);
  const app = appToSynthesize(options, process.cwd());
  if (app === undefined) return rehearseAssembly('cdk.out', options, console);
  const outdir = mkdtempSync(join(tmpdir(), 'batch-foreman-rehearse-'));
  try {
    const status = statusLine(console.stderr);
    status('Synthesizing the app …');
    await synthesize(app, outdir);
    status('');
    await rehearseAssembly(outdir, options, console);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

/** @throws UsageError when there is neither an app nor what comes of one */
function appToSynthesize({ app: command }: RehearseOptions, directory: string): CdkApp | undefined {
  const app = appIn(directory);
  if (command !== undefined) return { ...app, app: command, directory };
  if (app === undefined && !existsSync('cdk.out/manifest.json')) {
    throw new UsageError('there is no cdk.json and no cdk.out here: name the app with --app, or --assembly');
  }
  return app;
}

async function rehearseAssembly(assembly: string, options: RehearseOptions, console: Console): Promise<void> {
  const begun = performance.now();
  const { seed, inert, days, trace, submissions: file } = options;
  const status = statusLine(console.stderr);
  status('Deploying it to the local AWS …');
  const aws = new LocalAws({ seed, ...placeOf(assembly) });
  const stacks = await aws.deploy(assembly, { inertTypes: inert });
  const app = appOf(stacks);
  const random = new Random(seed);
  const { title, submissions } = rehearsal(app, options, () => random.next());
  status('Running it …');
  const labels = new Map(app.queues.map(({ name, label }) => [name, label]));
  const sampler = new Sampler(aws, app.fleets, SAMPLE_EVERY);
  sampler.start();
  const given = {
    submissions,
    fleets: app.fleets,
    queueName: (queue: string) => labels.get(queue) ?? queue,
    // A file says itself how long it goes on.
    seconds: file === undefined && trace === undefined ? days * DAY_SECONDS : undefined,
  };
  const record = await play(aws, given, ({ ended, elapsed }) => status(`${ended} jobs ended, ${duration(elapsed)}`));
  sampler.stop();
  status('');

  const launched = new Set(record.instances.map(({ pool }) => pool));
  const prices = pricesOf(
    app.fleets.filter(({ name, cost }) => cost !== undefined || launched.has(name)),
    options.price,
  );
  const shown = prices.pools.filter(({ name }) => launched.has(name));
  const rehearsed: Rehearsed = {
    stacks: stacks.map(({ name, resources }) => ({ name, resources: resources.size })),
    workload: title,
    summary: summarize(record, Math.round(performance.now() - begun) / 1000),
    cost: { amount: instanceCost(record, prices.pools), unit: prices.unit },
    fargate: fargateUse(record.jobs, app.fargate, options.price),
    comparison: comparisonOf(record, prices),
    lacks: lacksIn(sampler.samples),
    stuck: await stuckJobs(aws, record),
    refused: record.refused,
  };
  if (options.report !== undefined) {
    const { summary, comparison } = rehearsed;
    const { samples } = sampler;
    const { pools, unit } = prices;
    const more = factsOf(rehearsed);
    writePage(options.report, runReport({ title, record, summary, samples, pools, comparison, unit, more }));
  }
  if (options.json) printJson(console, rehearsed);
  else print(console, render(rehearsed, record, shown, terminalOf(console.stdout, console.env)));
  check(rehearsed);
}

/** Where the app is for, if it says so; the local AWS is there then. */
function placeOf(assembly: string): { accountId?: string; region?: string } {
  const environments = new CloudAssembly(assembly).stacksRecursively.map(({ environment }) => environment);
  const accountId = environments.find(({ account }) => /^\d+$/.test(account))?.account;
  const region = environments.find(({ region: one }) => one !== 'unknown-region')?.region;
  return { ...(accountId && { accountId }), ...(region && { region }) };
}

async function stuckJobs(aws: LocalAws, { jobs }: Played): Promise<Stuck[]> {
  const clients = {
    autoScaling: aws.client(AutoScalingClient),
    batch: aws.client(BatchClient),
    ec2: aws.client(EC2Client),
    ecs: aws.client(ECSClient),
  };
  const open = jobs.filter(({ stoppedAt, isArray }) => stoppedAt === undefined && !isArray);
  const told: Stuck[] = [];
  for (const { id, name, queue, status } of open) {
    // The first of each queue speaks for the others.
    const isFirst = !told.some((before) => before.queue === queue && before.why !== undefined);
    const explained = isFirst ? await explainJob(clients, id, aws.clock.now()) : undefined;
    told.push({ id, name, queue, status, why: explained?.why, nextStep: explained?.nextStep });
  }
  return told;
}

function check({ refused, stuck, summary: { killedByScaleIn } }: Rehearsed): void {
  const [first] = refused;
  if (first)
    throw new CommandError(`AWS Batch refuses ${jobsInWords(refused.length)}; ${first.jobName}: ${first.message}`);
  if (stuck.length > 0) {
    throw new CommandError(
      `${stuck.length} ${stuck.length === 1 ? 'job waits' : 'jobs wait'} for ever: ${stuck[0]!.why}`,
    );
  }
  if (killedByScaleIn > 0) throw new CommandError(`${killedByScaleIn} jobs were killed by scale-in`);
}
