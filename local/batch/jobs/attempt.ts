import type { AttemptDetail } from '@aws-sdk/client-batch';
import type { Attempt, Job } from '../model';

/** As the awslogs driver names it; there is none before the container runs. */
export function logStreamOf({ spec }: Job, { taskArn }: Pick<Attempt, 'taskArn'>): string {
  return `${spec.definition.name.slice(0, 200)}/default/${taskArn.slice(taskArn.lastIndexOf('/') + 1)}`;
}

export function logStreamName(job: Job, attempt: Attempt): string | undefined {
  return attempt.startedAt === undefined ? undefined : logStreamOf(job, attempt);
}

/** An attempt that has ended, as a job's details show it. */
export function attemptDetail(job: Job, attempt: Attempt): AttemptDetail {
  const { containerInstanceArn, taskArn, exitCode, reason, startedAt, stoppedAt, statusReason } = attempt;
  const { task, mainContainer } = job.spec;
  const times = { startedAt, stoppedAt, statusReason };
  const state = { exitCode, reason, logStreamName: logStreamName(job, attempt) };
  if (!task) return { container: { containerInstanceArn, taskArn, ...state, networkInterfaces: [] }, ...times };
  const containers = task.containers!.map(({ name }) => ({ name, ...(name === mainContainer && state) }));
  return { taskProperties: [{ containerInstanceArn, taskArn, containers }], ...times };
}
