/** A day of a cluster's life, on the reference app and a local AWS, in virtual time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { SingleBar } from 'cli-progress';
import { LocalAws } from '../../local/local-aws';
import { type Console, print } from '../command/console';
import { CommandError } from '../command/errors';
import { comparisonOf } from '../cost/comparison';
import { Random } from '../../local/simulation/random';
import type { Workload } from '../../workload/job';
import { decisionLine } from './decisions';
import type { DemoWorkload } from './demo-workload';
import { demoWorkload } from './demo-workload';
import type { DemoOptions } from './options';
import { largestInstances, type ReferenceApp, referenceApp } from './reference-app';
import { factLine, introduction, report } from './report';
import { runWorkload } from './run';
import { summarize } from './summary';
import { referenceProject, synthesize } from './synthesize';
import { statusLine, terminalOf } from './terminal';
import { duration } from './units';
import { writePage } from '../report/page';
import { costFacts, instanceCost, type RunReport, runReport } from '../report/run-report';
import { Sampler } from '../report/sampling';

const SAMPLE_EVERY = 60_000;

/** @throws CommandError when jobs or instances are left that should not be */
export async function demo(options: DemoOptions, console: Console): Promise<void> {
  const random = new Random(options.seed);
  const workload = demoWorkload(options, () => random.next());
  const outdir = mkdtempSync(join(tmpdir(), 'batch-foreman-demo-'));
  try {
    await demonstrate(options, workload, outdir, console);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

async function demonstrate(
  options: DemoOptions,
  workloadOf: DemoWorkload,
  outdir: string,
  console: Console,
): Promise<void> {
  const terminal = terminalOf(console.stdout, console.env);
  const say = options.json ? () => {} : (line: string) => print(console, line);

  const status = statusLine(console.stderr);

  status('Synthesizing the reference app …');
  await synthesize(referenceProject(), outdir);
  status('Deploying it to the local AWS …');
  const aws = new LocalAws({ seed: options.seed });
  const [stack] = await aws.deploy(outdir);
  status('');
  const app = referenceApp(stack!);
  const workload = workloadOf.cutTo(largestInstances(app));
  say(introduction(stack!, workloadOf.title, workload, terminal));
  const from = aws.clock.now();
  if (options.verbose) {
    aws.services.logs.onLine(({ group, message, timestamp }) => {
      const line = group === app.autoscalerLogGroup && decisionLine(message, (timestamp - from) / 1000, terminal);
      if (line) say(line);
    });
  }
  const sampler = options.report === undefined ? undefined : new Sampler(aws, app.pools, SAMPLE_EVERY);
  sampler?.start();
  // Decisions would tear a progress bar apart.
  const bar = options.verbose ? undefined : progressBar(workload);
  const record = await runWorkload(aws, app, workload, ({ ended, elapsed }) =>
    bar?.update(ended, { elapsed: duration(elapsed) }),
  );
  bar?.stop();
  sampler?.stop();

  const summary = summarize(record, Math.round(performance.now()) / 1000);
  tell(
    options,
    { title: workloadOf.title, record, summary, samples: sampler?.samples ?? [], pools: app.pools },
    console,
  );
  const unfinished = summary.submitted - summary.succeeded - summary.failed;
  if (unfinished > 0 || summary.finalInstances > 0) {
    throw new CommandError(`${unfinished} jobs have not ended, and ${summary.finalInstances} instances are left`);
  }
}

type Told = Pick<RunReport, 'title' | 'record' | 'summary' | 'samples'> & Pick<ReferenceApp, 'pools'>;

/** What happened, as JSON or for people, and in charts. */
function tell({ json, report: file }: DemoOptions, told: Told, console: Console): void {
  const { record, summary, pools } = told;
  if (json) print(console, JSON.stringify(summary));
  if (json && file === undefined) return;
  const comparison = comparisonOf(record, { unit: 'dollars', pools });
  if (file !== undefined) writePage(file, runReport({ ...told, comparison }));
  if (json) return;
  const terminal = terminalOf(console.stdout, console.env);
  print(console, report(record, summary, pools, terminal));
  for (const fact of costFacts(instanceCost(record, pools), 'dollars', comparison)) {
    print(console, factLine(fact, terminal));
  }
}

/** Shows itself on a terminal only. */
function progressBar({ jobs }: Workload): SingleBar {
  const bar = new SingleBar({
    format: '{bar} {value} of {total} jobs ended, {elapsed}',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(jobs.length, 0, { elapsed: duration(0) });
  return bar;
}
