/** `npm run demo`: a day of a cluster's life, on the reference app and a local AWS, in virtual time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { SingleBar } from 'cli-progress';
import { compare } from '../bench/compare';
import type { PolicyName } from '../bench/policies/policies';
import { LocalAws } from '../local/local-aws';
import { Random } from '../local/simulation/random';
import type { Workload } from '../workload/job';
import { decisionLine } from './demo/decisions';
import type { DemoWorkload } from './demo/demo-workload';
import { demoWorkload } from './demo/demo-workload';
import type { DemoOptions } from './demo/options';
import { parseOptions, UsageError } from './demo/options';
import { kinds, largestInstances, referenceApp } from './demo/reference-app';
import { introduction, report } from './demo/report';
import { runWorkload } from './demo/run';
import { summarize } from './demo/summary';
import { synthesize } from './demo/synthesize';
import { statusLine, terminalOf } from './demo/terminal';
import { duration } from './demo/units';
import { writePage } from './report/page';
import { runReport } from './report/run-report';
import { Sampler } from './report/sampling';

const PROJECT = join(__dirname, '..');
const SAMPLE_EVERY = 60_000;
/** What the run is compared with. */
const BASELINES: readonly PolicyName[] = ['ffd', 'count', 'vcpu', 'cas', 'jobwatcher', 'static'];

async function main(argv: readonly string[]): Promise<number> {
  const options = parseOptions(argv);
  if (options === 'help') return 0;
  const random = new Random(options.seed);
  const workload = demoWorkload(options, () => random.next());
  const outdir = mkdtempSync(join(tmpdir(), 'batch-foreman-demo-'));
  try {
    return await demonstrate(options, workload, outdir);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}

async function demonstrate(options: DemoOptions, demo: DemoWorkload, outdir: string): Promise<number> {
  const terminal = terminalOf(process.stdout, process.env);
  const say = options.json ? () => {} : (line: string) => console.log(line);

  const status = statusLine(process.stderr);

  status('Synthesizing the reference app …');
  await synthesize(PROJECT, outdir);
  status('Deploying it to the local AWS …');
  const aws = new LocalAws({ seed: options.seed });
  const [stack] = await aws.deploy(outdir);
  status('');
  const app = referenceApp(stack!);
  const workload = demo.cutTo(largestInstances(app));
  say(introduction(stack!, demo.title, workload, terminal));
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
  if (sampler) {
    const { samples } = sampler;
    const comparison = compare(workload.jobs, kinds(app), BASELINES, {
      scheduler: 'backfill',
      scaleInAfter: 60,
      phase: 0,
    });
    const { pools } = app;
    writePage(options.report!, runReport({ title: demo.title, record, summary, samples, pools, comparison }));
  }
  if (options.json) console.log(JSON.stringify(summary));
  else console.log(report(record, summary, app.pools, terminal));
  const unfinished = summary.submitted - summary.succeeded - summary.failed;
  return unfinished > 0 || summary.finalInstances > 0 ? 1 : 0;
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

// The SDK's clients run on this Node.js; that later ones will not is of no concern to who looks at the demo.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

main(process.argv.slice(2)).then(
  (exitCode) => (process.exitCode = exitCode),
  (error: unknown) => {
    if (error instanceof UsageError) {
      console.error(`demo: ${error.message}`);
      process.exitCode = 2;
    } else {
      console.error(error instanceof Error && error.name === 'DeploymentError' ? error.message : error);
      process.exitCode = 1;
    }
  },
);
