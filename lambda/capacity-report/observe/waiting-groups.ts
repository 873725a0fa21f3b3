import type { JobSummary } from '@aws-sdk/client-batch';
import { arrayParentId } from '../../batch/jobs';
import type { DemandReading } from '../../queue-depth-autoscaler/observe/demand';
import {
  type KnownShapes,
  type Mutable,
  sameShape,
  shapedJobs,
} from '../../queue-depth-autoscaler/observe/demand-groups';
import type { WaitingGroup } from '../model';

/**
 * Joins neighbours that ask the same.
 *
 * @param apart a job that is to be a group of its own
 */
export function waitingGroups(
  { waiting, stillWaiting, scan }: DemandReading,
  shapes: KnownShapes,
  apart?: string,
): WaitingGroup[] {
  const listed = new Map(
    [...scan.runnable.values(), ...scan.arrays.values()].flat().map((job): [string, JobSummary] => [job.jobId!, job]),
  );
  const groups: Mutable<WaitingGroup>[] = [];
  for (const { queueArn, jobId, shape, count } of shapedJobs(waiting, shapes, stillWaiting)) {
    const summary = listed.get(jobId) ?? listed.get(arrayParentId(jobId));
    const statusReason = listed.get(jobId)?.statusReason;
    const { resources, tokens } = shape;
    const last = groups.at(-1);
    const joins = last?.queueArn === queueArn && sameShape(last, shape) && jobId !== apart && last.jobId !== apart;
    if (!joins) {
      groups.push({ queueArn, resources, tokens, count, jobId, submittedAt: summary?.createdAt, statusReason });
      continue;
    }
    last.count += count;
    last.submittedAt ??= summary?.createdAt;
    last.statusReason ??= statusReason;
  }
  return groups;
}
