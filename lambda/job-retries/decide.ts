import type { JobDefinition, JobDetail } from '@aws-sdk/client-batch';
import type { Resources } from '../../lib/capacity/config';
import type { RetriedQueue, RetriesConfig, RuleConfig } from '../../lib/retries/config';
import { jobResources } from '../batch/job-resources';
import { backoff } from './backoff';
import { containerOutOfMemory, type Failure, interruptionsOf, neverRan } from './cause';
import { grown, most } from './growth';
import { type Children, type Final, type Lineage, type Plan, withEnd } from './lineage';
import { NotRestorable, rebuild } from './request';
import { ruleFor } from './rules';

/** A job that has failed, and all that is to be known about it. */
export interface FailedJob {
  readonly job: JobDetail;
  readonly definition: JobDefinition | undefined;
  /** How it failed, or each of its children did that ran; empty when it failed only for what it depended on. */
  readonly failures: readonly Failure[];
  /** The children that have to be run again, by their index in this job; nothing for all of it. */
  readonly failedChildren?: readonly number[];
  /** Whether somebody, not this library, cancelled or terminated it. */
  readonly stopped: boolean;
}

type Config = Pick<RetriesConfig, 'rules' | 'queues' | 'maxSubmissions'>;

/** The lineage of a job that has failed for the first time, before anything is decided. */
export function firstLineage(job: JobDetail): Lineage {
  return {
    root: job.jobId!,
    jobName: job.jobName!,
    jobDefinition: job.jobDefinition!,
    status: 'OPEN',
    jobId: job.jobId!,
    attempt: 1,
    runs: 1,
    failures: {},
    interruptions: 0,
    history: [
      {
        attempt: 1,
        jobId: job.jobId!,
        jobQueue: job.jobQueue!,
        submittedAt: job.createdAt ?? 0,
        resources: jobResources(job),
      },
    ],
    effects: [],
  };
}

/**
 * What becomes of a lineage whose latest job has failed: a plan for the next submission, or the end.
 *
 * @param random a number in [0, 1)
 */
export function decide(before: Lineage, failed: FailedJob, config: Config, now: number, random: number): Lineage {
  const { job, failures, stopped } = failed;
  const [first] = failures;
  const rules = failures.map((failure) => ruleFor(config.rules, failure));
  const matched = [...new Set(rules.filter((rule) => rule !== undefined))];
  const lineage: Lineage = {
    ...before,
    failures: counted(before.failures, matched),
    interruptions: before.interruptions + interruptionsOf(job),
    history: withEnd(before.history, {
      endedAt: job.stoppedAt ?? now,
      cause: stopped ? 'STOPPED' : (first?.cause ?? 'DEPENDENCY'),
      rule: matched.length > 0 ? matched.map(({ name }) => name).join(', ') : undefined,
      exitCode: first?.exitCode,
      reason: first?.reason ?? job.statusReason,
    }),
  };
  const end = (why: Final['why'], message: string) => ended(lineage, { why, message });
  if (stopped) return end('STOPPED', 'somebody cancelled or terminated it');
  if (failures.length > 0) {
    const unmatched = failures[rules.indexOf(undefined)];
    if (unmatched) return end('NO_RULE', `no rule is for: ${inWords(unmatched)}`);
    const spent = matched.find(({ name, attempts }) => lineage.failures[name]! >= attempts);
    if (spent) return end('ATTEMPTS', `rule ${spent.name} allows ${spent.attempts} attempts`);
    if (lineage.runs >= config.maxSubmissions) {
      return end('SUBMISSIONS', `a lineage may have ${config.maxSubmissions} submissions`);
    }
  }
  if (!failed.definition || failed.definition.status === 'INACTIVE') {
    return end('DEFINITION_GONE', `${job.jobDefinition} has been deregistered`);
  }
  try {
    const plan = planOf(lineage, failed, failed.definition, matched, config, now, random);
    return plan ? { ...lineage, status: 'WAITING', plan } : end('CEILING', `it cannot have more than ${amounts(job)}`);
  } catch (error) {
    if (error instanceof NotRestorable) return end('NOT_RESTORABLE', error.message);
    throw error;
  }
}

/** Closes a lineage. */
export function ended(lineage: Lineage, final: Final): Lineage & { readonly final: Final } {
  return { ...lineage, status: 'FINAL', final, plan: undefined, intent: undefined };
}

/** Whether AWS Batch shows that somebody has asked for its end. */
export function isStopped({ isCancelled, isTerminated }: JobDetail): boolean {
  return (isCancelled ?? false) || (isTerminated ?? false);
}

function counted(failures: Lineage['failures'], matched: readonly RuleConfig[]): Lineage['failures'] {
  return { ...failures, ...Object.fromEntries(matched.map(({ name }) => [name, (failures[name] ?? 0) + 1])) };
}

function inWords({ cause, exitCode, reason, statusReason }: Failure): string {
  return [cause, exitCode === undefined ? undefined : `exit code ${exitCode}`, reason ?? statusReason]
    .filter((part) => part !== undefined)
    .join(', ');
}

/** @returns nothing when the job is to grow and cannot */
function planOf(
  lineage: Lineage,
  { job, failures, failedChildren }: FailedJob,
  definition: JobDefinition,
  rules: readonly RuleConfig[],
  config: Config,
  now: number,
  random: number,
): Plan | undefined {
  const jobQueue = fallback(lineage, rules) ?? job.jobQueue!;
  const asked = jobResources(job);
  const resources = asked && grown(asked, most(rules), placeOf(jobQueue, job, config.queues));
  if (asked && !resources) return undefined;
  const children = childrenOf(lineage, job, failedChildren);
  const timeout = job.timeout?.attemptDurationSeconds;
  const timeoutSeconds = longer(timeout, rules);
  const pause = Math.max(0, ...rules.map((rule) => backoff(rule, lineage.failures[rule.name]!, random)));
  const recreation = failures.length === 0;
  return {
    request: rebuild(job, definition, {
      root: lineage.root,
      attempt: lineage.attempt + 1,
      jobQueue,
      ...(resources !== asked && {
        resources: { from: asked!, to: resources!, container: containerOutOfMemory(job) },
      }),
      ...(timeoutSeconds !== timeout && { timeoutSeconds }),
      ...(children && { children }),
    }),
    // Of a job that ran, all that it waited for has succeeded; of an array only for those children that did.
    dependsOn: neverRan(job) || job.arrayProperties?.size !== undefined ? (job.dependsOn ?? []) : [],
    notBefore: now + pause,
    ...(children && { children }),
    recreation,
    delaySeconds: Math.round(pause / 1000),
    resources,
    wasStopped: isStopped(job),
    changes: [
      ...(jobQueue === job.jobQueue ? [] : [`queue ${nameOf(job.jobQueue!)} → ${nameOf(jobQueue)}`]),
      ...(resources === asked ? [] : differences(asked!, resources!)),
      ...(timeoutSeconds === timeout ? [] : [`timeout ${timeout} → ${timeoutSeconds} s`]),
      ...(children ? [`${children.indexes.length} of ${children.size} array children`] : []),
    ],
  };
}

function amounts(job: JobDetail): string {
  const { vcpus, memoryMiB } = jobResources(job)!;
  return `${memoryMiB} MiB and ${vcpus} vCPU`;
}

function differences(from: Resources, to: Resources): string[] {
  return [
    ...(from.memoryMiB === to.memoryMiB ? [] : [`memory ${from.memoryMiB} → ${to.memoryMiB} MiB`]),
    ...(from.vcpus === to.vcpus ? [] : [`vCPUs ${from.vcpus} → ${to.vcpus}`]),
  ];
}

/** Where the job goes once it has been interrupted, or has failed as the rule says, often enough. */
function fallback({ failures, interruptions }: Lineage, rules: readonly RuleConfig[]): string | undefined {
  const rule = rules.find(({ name, on, fallbackQueueArn, fallbackAfter = 1 }) => {
    const count = on.causes?.includes('INTERRUPTION') ? Math.max(interruptions, failures[name]!) : failures[name]!;
    return fallbackQueueArn !== undefined && count >= fallbackAfter;
  });
  return rule?.fallbackQueueArn;
}

function placeOf(queueArn: string, { platformCapabilities }: JobDetail, queues: readonly RetriedQueue[]) {
  const shapes = queues.find(({ arn }) => arn === queueArn)?.shapes;
  return {
    fargate: platformCapabilities?.includes('FARGATE') ?? false,
    shapes: shapes?.map(([vcpus = 0, memoryMiB = 0, gpus = 0]) => ({ vcpus, memoryMiB, gpus })),
  };
}

/** The indexes of the first submission that have to be run again; nothing when it is all of them. */
function childrenOf(
  { children }: Lineage,
  { arrayProperties }: JobDetail,
  failed: readonly number[] | undefined,
): Children | undefined {
  if (!failed) return children;
  const size = children?.size ?? arrayProperties!.size!;
  if (!children && failed.length === size) return undefined;
  return { indexes: failed.map((index) => children?.indexes[index] ?? index).sort((a, b) => a - b), size };
}

function longer(timeout: number | undefined, rules: readonly RuleConfig[]): number | undefined {
  if (timeout === undefined) return undefined;
  const grownTo = rules.map(({ timeoutFactor = 1, maxTimeoutSeconds = Infinity }) =>
    Math.max(timeout, Math.min(maxTimeoutSeconds, Math.ceil(timeout * timeoutFactor))),
  );
  return Math.max(timeout, ...grownTo);
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
