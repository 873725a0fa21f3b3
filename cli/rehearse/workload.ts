import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Chance } from '../../workload/distributions';
import type { Amounts, LargestInstances, WorkloadJob } from '../../workload/job';
import { generate } from '../../workload/lublin-feitelson';
import { UsageError } from '../command/errors';
import { demoWorkload } from '../demo/demo-workload';
import type { Submission } from '../play/play';
import { jobsInWords } from './words';
import { find } from './addresses';
import type { Definition, Queue, RehearsedApp } from './app';
import type { RehearseOptions } from './options';
import { readSubmissions, requestFor } from './submissions';

/** What is submitted to the app. */
export interface Rehearsal {
  readonly title: string;
  readonly submissions: readonly Submission[];
}

type WorkloadOptions = Pick<RehearseOptions, 'submissions' | 'trace' | 'jobs' | 'days' | 'queue' | 'job'>;

/** @throws UsageError when the workload and the app do not go together */
export function rehearsal(whole: RehearsedApp, options: WorkloadOptions, chance: Chance): Rehearsal {
  const app = chosen(whole, options);
  const { submissions: file, trace, jobs, days } = options;
  if (file !== undefined) {
    const submissions = readSubmissions(readFileSync(file, 'utf8'), app);
    return { title: `${basename(file)}: ${jobsInWords(submissions.length)}`, submissions };
  }
  const period = days === 1 ? 'a day' : `${days} days`;
  if (trace === undefined) {
    const submissions = jobs === 0 ? [] : ownJobs(app, jobs * days, days, chance);
    const title = `${jobsInWords(submissions.length)} in ${period} by the Lublin–Feitelson model, of the app's own definitions`;
    return { title: jobs === 0 ? `what the app itself submits in ${period}` : title, submissions };
  }
  const workload = demoWorkload({ trace, days }, chance);
  return { title: workload.title, submissions: tracedJobs(app, workload.cutTo(largestOf(app)).jobs) };
}

function chosen(app: RehearsedApp, { queue, job }: WorkloadOptions): RehearsedApp {
  const queues = queue?.map((text) => find('queue', app.queues, text)) ?? app.queues;
  const definitions = job?.map((text) => find('job definition', app.definitions, text)) ?? app.definitions;
  return { ...app, queues, definitions };
}

/** Times and durations are drawn, sizes are the definitions'. Each definition, and each of its queues, has its turn. */
function ownJobs(app: RehearsedApp, jobs: number, days: number, chance: Chance): Submission[] {
  const playable = app.definitions
    .map((definition) => ({ definition, queues: queuesFor(app, definition, definition) }))
    .filter(({ queues }) => queues.length > 0);
  if (playable.length === 0) {
    throw new UsageError('No job definition of the app fits into one of its queues: name the jobs with --submissions');
  }
  const unlimited = { cpu: { vcpus: Infinity, memoryMiB: Infinity, gpus: 0 } };
  const drawn = generate({ jobs, days, gpuShare: 0, largest: unlimited }, chance);
  return drawn.jobs.map(({ name, arrival, run }, index) => {
    const { definition, queues } = playable[index % playable.length]!;
    const queue = queues[Math.floor(index / playable.length) % queues.length]!;
    return {
      at: arrival,
      request: requestFor(queue, definition, name, { key: name, attempts: [{ runSeconds: run }] }),
    };
  });
}

/** Sizes are the trace's: Fargate, which has sizes of its own, is left out. */
function tracedJobs(app: RehearsedApp, jobs: readonly WorkloadJob[]): Submission[] {
  const turns = new Map<string, number>();
  return jobs.map((job) => {
    const kind = job.gpus > 0 ? 'with' : 'without';
    const definition = app.definitions.find(({ fargate, gpus }) => !fargate && gpus > 0 === job.gpus > 0);
    if (!definition) {
      throw new UsageError(`The trace has jobs ${kind} GPUs, and the app no job definition for such jobs on instances`);
    }
    const queues = queuesFor(app, definition, job);
    const turn = turns.get(kind) ?? 0;
    turns.set(kind, turn + 1);
    const queue = queues[turn % queues.length]!;
    const work = { key: job.name, attempts: [{ runSeconds: job.run }] };
    return { at: job.arrival, request: requestFor(queue, definition, job.name, work, job) };
  });
}

function queuesFor({ queues, fleets, fargate }: RehearsedApp, definition: Definition, size: Amounts): Queue[] {
  const holds = (environment: string): boolean =>
    definition.fargate
      ? fargate.has(environment)
      : fleets.some((fleet) => fleet.environment === environment && fits(size, fleet.capacity));
  return queues.filter(({ environments }) => environments.some(holds));
}

function fits(size: Amounts, capacity: Amounts): boolean {
  const enough = size.vcpus <= capacity.vcpus && size.memoryMiB <= capacity.memoryMiB && size.gpus <= capacity.gpus;
  // Instances with GPUs are not for jobs without.
  return enough && size.gpus > 0 === capacity.gpus > 0;
}

/** Of the instances that the queues lead to. */
function largestOf({ fleets, queues }: RehearsedApp): LargestInstances {
  const reached = new Set(queues.flatMap(({ environments }) => environments));
  const capacities = fleets.filter(({ environment }) => reached.has(environment)).map(({ capacity }) => capacity);
  const largest = (all: readonly Amounts[]): Amounts | undefined =>
    [...all].sort((a, b) => b.gpus - a.gpus || b.vcpus - a.vcpus || b.memoryMiB - a.memoryMiB)[0];
  const cpu = largest(capacities.filter(({ gpus }) => gpus === 0));
  const gpu = largest(capacities.filter(({ gpus }) => gpus > 0));
  if (!cpu && !gpu)
    throw new UsageError('The app has no instances for the jobs of a trace: name jobs with --submissions');
  return { ...(cpu && { cpu }), ...(gpu && { gpu }) };
}
