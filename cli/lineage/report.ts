import type { Lineage, Submission } from '../../lambda/job-retries/lineage';
import { printableLine } from '../terminal/printable';
import type { Found } from './read';

/** A lineage for people: a line for each submission, and what comes next. */
export function report(found: Found): string {
  return linesOf(found).map(printableLine).join('\n');
}

function linesOf({ jobId, lineage, job, retry }: Found): string[] {
  if (!lineage) {
    const followed = retry === 'FINAL' ? ', and nothing follows' : '';
    return [`Job ${jobId} (${job!.jobName}) is ${job!.status}${followed}. It was submitted once.`];
  }
  const { jobName, root, history } = lineage;
  return [
    `Job ${jobName}, first submitted as ${root}: ${standing(lineage)}`,
    '',
    ...history.map((submission) => line(submission, submission.jobId === jobId)),
  ];
}

function standing({ status, plan, intent, final, jobId }: Lineage): string {
  switch (status) {
    case 'WAITING':
      return `will be submitted again, not before ${time(plan!.notBefore)}${changes(plan!.changes)}`;
    case 'SUBMITTING':
      return `is being submitted again since ${time(intent!.since)}`;
    case 'OPEN':
      return `goes on as ${jobId}`;
    case 'SUCCEEDED':
      return `succeeded as ${jobId}`;
    case 'FINAL':
      return `failed for good (${final!.why}): ${final!.message}`;
  }
}

function changes(all: readonly string[]): string {
  return all.length > 0 ? `, with ${all.join(', ')}` : '';
}

function line(submission: Submission, asked: boolean): string {
  const { attempt, jobId, jobQueue, submittedAt, endedAt, resources, children } = submission;
  const parts = [
    `${asked ? '*' : ' '} ${attempt}.`,
    jobId,
    time(submittedAt),
    jobQueue.slice(jobQueue.lastIndexOf('/') + 1),
    ...(resources ? [`${resources.vcpus} vCPU ${resources.memoryMiB} MiB`] : []),
    ...(children === undefined ? [] : [`${children} array children`]),
    endedAt === undefined ? '' : `ended ${time(endedAt)}: ${reason(submission)}`,
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function reason({ cause, exitCode, reason: text, rule }: Submission): string {
  return [
    cause,
    exitCode === undefined ? undefined : `exit code ${exitCode}`,
    text,
    rule === undefined ? undefined : `rule "${rule}"`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
