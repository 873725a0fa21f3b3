import type { JobStatus } from '@aws-sdk/client-batch';
import type { Job } from '../model';
import { latestAttempt } from './job';

/** A job, plainly. Times are milliseconds since the epoch. */
export interface JobReport {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly definition: string;
  readonly status: JobStatus;
  readonly statusReason?: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly createdAt: number;
  /** When it became RUNNABLE for the last time. */
  readonly runnableAt?: number;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  /** Attempts that have ended. */
  readonly attempts: number;
  /** Where the latest attempt was put. */
  readonly environment?: string;
  readonly containerInstanceArn?: string;
  readonly exitCode?: number;
  readonly arraySize?: number;
}

export function jobReport(job: Job): JobReport {
  const { vcpus, memoryMiB, gpus } = job.spec.shape;
  return {
    id: job.id,
    name: job.spec.jobName,
    queue: job.spec.queue.name,
    definition: `${job.spec.definition.name}:${job.spec.definition.revision}`,
    status: job.status,
    statusReason: job.statusReason,
    vcpus,
    memoryMiB,
    gpus,
    createdAt: job.createdAt,
    runnableAt: job.runnableAt,
    startedAt: job.startedAt,
    stoppedAt: job.stoppedAt,
    attempts: job.attempts.length,
    environment: job.environment?.name,
    containerInstanceArn: latestAttempt(job)?.containerInstanceArn,
    exitCode: latestAttempt(job)?.exitCode,
    arraySize: job.array?.size,
  };
}
