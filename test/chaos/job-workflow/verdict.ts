import type { RunStatus } from '../../stack/job-workflow/stage';
import { type History, nodeName, type NodePlan, runIdOf } from './history';
import type { JobChronicle, Outcome } from './play';

/** From when nothing goes wrong any more until a run is over: all that its jobs may take one after the other, and this. */
const PROMPT_SECONDS = 900;

/** Everything that is wrong with what came of a history. */
export function violations(history: History, outcome: Outcome): string[] {
  const found: string[] = [];
  const work = history.nodes.reduce((sum, node) => sum + longest(node, history), 0);
  const latest = outcome.calmAt + work + PROMPT_SECONDS;
  if (outcome.endedAt > latest) found.push(`over at ${outcome.endedAt} s, later than ${latest} s`);
  if (outcome.due.length > 0) found.push(`still due: ${outcome.due.join(', ')}`);
  const runs = new Set(history.runs.map((_, index) => runIdOf(index)));
  for (const { run } of outcome.jobs) if (!runs.has(run)) found.push(`a job of a run that nobody asked for: ${run}`);
  for (const run of runs) {
    const ends = outcome.ends[run] ?? [];
    if (ends.length === 0) found.push(`${run} has not ended`);
    if (new Set(ends.map((end) => JSON.stringify(end))).size > 1) found.push(`${run} has ended in two ways`);
    if (ends[0]) found.push(...violationsOf(run, history, outcome, ends[0]));
  }
  return found;
}

function violationsOf(run: string, { nodes }: History, outcome: Outcome, end: RunStatus): string[] {
  const found: string[] = [];
  const cancelled = outcome.cancelled.includes(run);
  const told = new Map(end.jobs.map((job) => [job.name, job.outcome]));
  const jobsOf = (index: number) => outcome.jobs.filter((job) => job.run === run && job.node === nodeName(index));
  const jobOf = (index: number) => jobsOf(index).find(({ id }) => !id.includes(':'));
  nodes.forEach((node, index) => {
    const name = `${run} ${nodeName(index)}`;
    const submitted = jobsOf(index).filter(({ id }) => !id.includes(':'));
    if (submitted.length > 1) found.push(`${name} was submitted ${submitted.length} times`);
    const job = jobOf(index);
    const became = told.get(nodeName(index));
    if (job && !/SUCCEEDED|FAILED/.test(job.status)) found.push(`${name} is told to be over and is ${job.status}`);
    found.push(...disorder(name, node, index, jobsOf, jobOf));
    const allowed = allowedOutcomes(node, told, job, cancelled);
    if (!allowed.includes(became ?? '')) found.push(`${name} became ${became}, not ${allowed.join(' or ')}`);
  });
  const outcomes = [...told.values()];
  const status =
    cancelled && outcomes.includes('CANCELLED') ? 'CANCELLED' : outcomes.includes('FAILED') ? 'FAILED' : 'SUCCEEDED';
  if (end.status !== status) found.push(`${run} became ${end.status}, not ${status}`);
  return found;
}

/** Whether the job, or a child of it, ran before it should have. */
function disorder(
  name: string,
  node: NodePlan,
  index: number,
  jobsOf: (index: number) => JobChronicle[],
  jobOf: (index: number) => JobChronicle | undefined,
): string[] {
  const found: string[] = [];
  const own = jobOf(index);
  for (const { node: other, on, each } of node.after) {
    const before = jobOf(other);
    for (const job of jobsOf(index)) {
      if (job.startedAt === undefined || job.isArray) continue;
      const peer = each ? jobsOf(other).find(({ id }) => id.endsWith(`:${job.id.split(':')[1]}`)) : before;
      if (on !== 'SUCCESS') continue;
      const fine = peer?.status === 'SUCCEEDED' && peer.stoppedAt! <= job.startedAt;
      if (!fine) found.push(`${name} ran at ${job.startedAt} s though ${nodeName(other)} had not succeeded`);
    }
    if (on === 'SUCCESS' || own === undefined || before === undefined) continue;
    if (before.stoppedAt !== undefined && before.stoppedAt > own.createdAt) {
      found.push(`${name} was submitted before ${nodeName(other)} was over`);
    }
  }
  return found;
}

/** What may have become of a job, by what became of those before it and by how its own ended. */
function allowedOutcomes(
  { after }: NodePlan,
  told: ReadonlyMap<string, string | undefined>,
  job: JobChronicle | undefined,
  cancelled: boolean,
): string[] {
  if (job?.status === 'SUCCEEDED') return ['SUCCEEDED'];
  const became = (on: string) => after.filter((edge) => edge.on === on).map(({ node }) => told.get(nodeName(node)));
  const failed = (outcome: string | undefined) => outcome === 'FAILED' || outcome === 'UPSTREAM_FAILED';
  const fromCancel = cancelled ? ['CANCELLED'] : [];
  const needed = became('SUCCESS');
  if (needed.some(failed)) {
    // One that a person has ended, or an array of which some children ran, has failed by itself too.
    return ['UPSTREAM_FAILED', ...(job ? ['FAILED'] : []), ...fromCancel];
  }
  if (job) return ['FAILED', ...fromCancel];
  const failures = became('FAILURE');
  const skipped = needed.includes('SKIPPED') || (failures.length > 0 && !failures.some(failed));
  return [...(skipped ? ['SKIPPED'] : []), ...fromCancel];
}

function longest({ plays, attempts, arraySize = 1 }: NodePlan, { settings }: History): number {
  const { fargateStartSeconds = 30 } = settings;
  const each = Math.max(...plays.map(({ startSeconds = 0, runSeconds = 0 }) => startSeconds + runSeconds));
  return (each + fargateStartSeconds) * attempts * arraySize + 300;
}
