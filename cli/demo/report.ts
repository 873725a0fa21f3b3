import { plot } from 'asciichart';
import type { DeployedStack } from '../../local/cloud-formation/cloud-formation';
import type { Workload } from '../../workload/job';
import type { Fleet } from '../play/play';
import type { Fact } from '../report/model';
import type { JobOutcome, RunRecord, Summary } from './summary';
import { count, waits } from './summary';
import type { Terminal } from './terminal';
import { peak, peaks } from './timeline';
import { amount, duration } from './units';

/** What a chart says of the instances that it shows. */
type ShownPool = Pick<Fleet, 'name' | 'capacity' | 'maxInstances'>;

const COLUMN = 13;
const CHART_HEIGHT = 4;
/** The chart's scale and axis. */
const SCALE_WIDTH = 7;

/** What is about to happen. */
export function introduction(stack: DeployedStack, title: string, workload: Workload, { bold }: Terminal): string {
  const { jobs, split, clamped } = workload;
  const cut = [
    ...(split > 0 ? [`${amount(split)} larger ones split`] : []),
    ...(clamped > 0 ? [`${amount(clamped)} clamped to what an instance has`] : []),
  ].join(', ');
  return [
    `${bold('Stack'.padEnd(COLUMN))}${stack.name}: ${stack.resources.size} resources deployed to the local AWS`,
    `${bold('Workload'.padEnd(COLUMN))}${title}`,
    `${bold('Submitted'.padEnd(COLUMN))}${amount(jobs.length)} jobs${cut && ` (${cut})`}`,
    '',
  ].join('\n');
}

/** What happened, for a person. */
export function report(record: RunRecord, summary: Summary, pools: readonly ShownPool[], terminal: Terminal): string {
  const calls = Object.values(summary.apiCalls).flatMap((operations) => Object.values(operations));
  return [
    ...jobTable(record.jobs, terminal),
    '',
    instanceLine(summary, terminal),
    ...pools.flatMap((pool) => ['', ...poolChart(pool, record, terminal)]),
    '',
    terminal.dim(
      `${duration(summary.virtualSeconds)} of virtual time in ${Math.round(summary.seconds)} s, ` +
        `${amount(calls.reduce((sum, number) => sum + number, 0))} API calls`,
    ),
  ].join('\n');
}

/** One thing that is to be said besides. */
export function factLine({ name, value, bad: isBad }: Fact, { bold, bad }: Terminal): string {
  return `${bold(name.padEnd(COLUMN))}${isBad ? bad(value) : value}`;
}

function jobTable(jobs: readonly JobOutcome[], { bold, dim, good, bad }: Terminal): string[] {
  const queues = [...new Set(jobs.map(({ queue }) => queue))].sort();
  const rows = [
    ...queues.map((queue) => ({ queue, of: jobs.filter((job) => job.queue === queue) })),
    { queue: 'all', of: jobs },
  ];
  const header = ['succeeded', 'failed', 'wait p50', 'p95', 'p99'];
  return [
    bold('Jobs'.padEnd(COLUMN)) + dim(header.map((title) => title.padStart(COLUMN)).join('')),
    ...rows.map(({ queue, of }) => {
      const failed = count(of, 'FAILED');
      const { p50, p95, p99 } = waits(of);
      return [
        queue.padEnd(COLUMN),
        good(amount(count(of, 'SUCCEEDED')).padStart(COLUMN)),
        (failed > 0 ? bad : dim)(amount(failed).padStart(COLUMN)),
        ...[p50, p95, p99].map((seconds) => duration(seconds).padStart(COLUMN)),
      ].join('');
    }),
  ];
}

function instanceLine(summary: Summary, { bold, good, bad }: Terminal): string {
  const { launched, peakInstances, finalInstances, killedByScaleIn } = summary;
  const facts = [
    `${amount(launched)} launched`,
    `at most ${amount(peakInstances)} at once`,
    (finalInstances > 0 ? bad : good)(`${finalInstances} left`),
    (killedByScaleIn > 0 ? bad : good)(`${killedByScaleIn} jobs killed by scale-in`),
  ];
  return `${bold('Instances'.padEnd(COLUMN))}${facts.join(', ')}`;
}

function poolChart(pool: ShownPool, { instances, from, to }: RunRecord, { columns, bold, dim }: Terminal): string[] {
  const lives = instances.filter((instance) => instance.pool === pool.name);
  const most = peak(lives);
  const { vcpus, memoryMiB, gpus } = pool.capacity;
  const shape = `${vcpus} vCPU, ${Math.round(memoryMiB / 1024)} GiB${gpus > 0 ? `, ${gpus} GPU` : ''}`;
  const title = `${bold(pool.name)} ${dim(`(${shape})`)}`;
  if (most === 0) return [`${title}  none launched`];

  const width = columns - SCALE_WIDTH;
  const chart = plot(peaks(lives, from, to, width), {
    height: Math.min(CHART_HEIGHT, most),
    min: 0,
    max: most,
    format: (value) => String(Math.round(value)).padStart(SCALE_WIDTH - 2),
  });
  const middle = duration((to - from) / 2000);
  const end = duration((to - from) / 1000);
  const axis = `0${middle.padStart(Math.floor(width / 2) + Math.floor(middle.length / 2) - 1)}`;
  return [
    `${title}  ${amount(lives.length)} launched, at most ${amount(most)} of ${amount(pool.maxInstances)} at once`,
    chart,
    dim(' '.repeat(SCALE_WIDTH) + axis + end.padStart(width - axis.length)),
  ];
}
