import { CALM, type History, LAST_DUE, PERIOD } from './history';
import type { JobOutcome, Outcome } from './play';
import { type Plan, VARIANTS } from './variants';

const MINUTE = 60;
/** Scheduler's precision, the batching window, and what a queue of messages takes. */
const PROMPT = 2 * MINUTE;
/** From an outcome that is unknown to the look that finds the job, and the sweep before it. */
const UNSURE = 5 * MINUTE;

/** What must never be, as sentences about what was; none when all is well. */
export function violations(history: History, outcome: Outcome): string[] {
  const plans = VARIANTS[history.variant]!;
  return [
    ...twice(outcome),
    ...unscheduled(outcome),
    ...plans.flatMap((plan) => [
      ...aboveLimit(plan, outcome),
      ...forgotten(history, plan, outcome),
      ...skippedWithoutReason(plan, outcome),
      ...late(plan, outcome),
      ...tooLate(plan, outcome),
      ...leftOver(plan, outcome),
    ]),
    ...silent(outcome),
  ];
}

/** Exactly one job for a scheduled time. */
function twice({ jobs }: Outcome): string[] {
  const names = jobs.map(({ name }) => name);
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))].map((name) => `${name} ran twice`);
}

function unscheduled({ jobs }: Outcome): string[] {
  return jobs
    .filter(({ time }) => time % PERIOD !== 0 || time < 0 || time > LAST_DUE)
    .map(({ name }) => `${name} is of no time of its schedule`);
}

function runsOf({ name }: Plan, { jobs }: Outcome): JobOutcome[] {
  return jobs.filter(({ schedule }) => schedule === name);
}

function aboveLimit(plan: Plan, outcome: Outcome): string[] {
  const { maxActiveRuns } = plan;
  if (maxActiveRuns === undefined) return [];
  const jobs = runsOf(plan, outcome);
  return jobs.flatMap(({ name, from }) => {
    const active = jobs.filter((other) => other.from <= from && from < other.to);
    return active.length > maxActiveRuns
      ? [`${active.length} runs of ${plan.name} are active when ${name} starts`]
      : [];
  });
}

/** Each time has a job, or it is written down why not; of those that are missed by policy, the policy is the reason. */
function forgotten({ incidents }: History, plan: Plan, outcome: Outcome): string[] {
  const ran = new Set(runsOf(plan, outcome).map(({ time }) => time));
  const found: string[] = [];
  for (let time = PERIOD; time <= LAST_DUE; time += PERIOD) {
    const record = outcome.records[`${plan.name} ${time}`];
    if (ran.has(time)) {
      if (record?.status !== 'STARTED') found.push(`${plan.name} ${time} ran and is recorded as ${record?.status}`);
    } else if (record?.status === 'STARTED') found.push(`${plan.name} ${time} is recorded as started and did not run`);
    else if (record === undefined && !mayBeMissed(plan, incidents.length > 0))
      found.push(`${plan.name} ${time} is forgotten`);
  }
  return found;
}

/** What was suspended, or could not be looked at for more than ten minutes. */
function mayBeMissed({ missedRuns }: Plan, _incidents: boolean): boolean {
  return missedRuns < LAST_DUE / PERIOD;
}

function skippedWithoutReason(plan: Plan, outcome: Outcome): string[] {
  const jobs = runsOf(plan, outcome);
  return Object.entries(outcome.records)
    .filter(([key, { status }]) => key.startsWith(`${plan.name} `) && status === 'SKIPPED')
    .flatMap(([key, { reason, at }]) => {
      const wrong = (why: string): string[] => [`${key} was skipped at ${at} for ${reason}, ${why}`];
      if (reason === 'DEADLINE') return plan.deadlineSeconds === undefined ? wrong('which it has not') : [];
      if (reason === 'REPLACED') return plan.policy === 'REPLACE' ? [] : wrong(`under ${plan.policy}`);
      if (plan.policy !== 'FORBID') return wrong(`under ${plan.policy}`);
      // A run that may have been submitted counts until it is known.
      const near = jobs.some(({ from, to }) => from <= at + UNSURE && to >= at - UNSURE);
      const failed = Object.entries(outcome.records).some(
        ([other, record]) => other.startsWith(`${plan.name} `) && record.status === 'FAILED',
      );
      return near || failed ? [] : wrong('and nothing was active');
    });
}

/** In calm, what Scheduler asks for starts at once. */
function late(plan: Plan, outcome: Outcome): string[] {
  if (plan.maxActiveRuns !== undefined) return [];
  return runsOf(plan, outcome)
    .filter(({ time, from }) => time > CALM + 15 * MINUTE && from - time > PROMPT)
    .map(({ name, from, time }) => `${name} started ${from - time} s late`);
}

function tooLate(plan: Plan, outcome: Outcome): string[] {
  const { deadlineSeconds } = plan;
  if (deadlineSeconds === undefined) return [];
  const backfilled = (time: number): boolean =>
    (outcome.records[`${plan.name} ${time}`] as { cause?: string } | undefined)?.cause === 'BACKFILL';
  return runsOf(plan, outcome)
    .filter(({ time, from }) => from - time > deadlineSeconds + MINUTE && !backfilled(time))
    .map(({ name, from, time }) => `${name} started ${from - time} s late, beyond its deadline`);
}

function leftOver({ name }: Plan, { states }: Outcome): string[] {
  const state = states[name];
  if (state === undefined) return [`${name} was never looked at`];
  return state.runs
    .filter(({ stage }) => stage !== 'active')
    .map((run) => `of ${name} there is left ${JSON.stringify(run)}`);
}

/** What fails for good goes off. */
function silent({ records, deadLetters, alarm }: Outcome): string[] {
  const failed = Object.entries(records).filter(([, { status }]) => status === 'FAILED');
  const found: string[] = [];
  if (failed.length > deadLetters)
    found.push(`${failed.length} runs failed, and there are ${deadLetters} dead letters`);
  if (deadLetters > 0 && alarm !== 'ALARM') found.push(`${deadLetters} dead letters and no alarm`);
  return found;
}
