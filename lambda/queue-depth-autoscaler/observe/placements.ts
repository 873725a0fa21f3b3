import type { BatchClient, JobStatus, JobSummary } from '@aws-sdk/client-batch';
import { jobContainerInstance, jobResources } from '../../batch/job-resources';
import { describeJobs, listAllJobs } from '../../batch/jobs';

/** What Batch says runs on one container instance. */
export interface Placement {
  readonly jobs: number;
  readonly gpus: number;
}

/** By the container instance's ARN. */
export type Placements = ReadonlyMap<string, Placement>;

interface PlacedJob {
  readonly startedAt: number | undefined;
  readonly containerInstanceArn: string | undefined;
  readonly gpus: number;
}

const PLACED: readonly JobStatus[] = ['STARTING', 'RUNNING'];

/** Finds out which jobs are where. A job that runs stays where it is, so it is described once per attempt. */
export class PlacementReader {
  private running: ReadonlyMap<string, PlacedJob> = new Map();

  constructor(private readonly batch: BatchClient) {}

  /** @param arrays parents whose children may have been placed */
  async read(queueArns: readonly string[], arrays: readonly JobSummary[]): Promise<Placements> {
    const sources = [
      ...queueArns.flatMap((jobQueue) => PLACED.map((status) => ({ source: { jobQueue }, status }))),
      ...arrays.flatMap(({ jobId, arrayProperties }) =>
        PLACED.filter((status) => (arrayProperties?.statusSummary?.[status] ?? 0) > 0).map((status) => ({
          source: { arrayJobId: jobId! },
          status,
        })),
      ),
    ];
    const lists = await Promise.all(sources.map(({ source, status }) => listAllJobs(this.batch, source, status)));
    const jobs = new Map(lists.flat().map((job) => [job.jobId!, job]));

    const placed = new Map<string, PlacedJob>();
    const unknown: string[] = [];
    for (const { jobId, startedAt } of jobs.values()) {
      const known = this.running.get(jobId!);
      if (known && startedAt !== undefined && known.startedAt === startedAt) placed.set(jobId!, known);
      else unknown.push(jobId!);
    }
    for (const job of await describeJobs(this.batch, unknown)) {
      placed.set(job.jobId!, {
        startedAt: job.startedAt,
        containerInstanceArn: jobContainerInstance(job),
        gpus: jobResources(job)?.gpus ?? 0,
      });
    }
    this.running = placed;
    return byInstance(placed.values());
  }
}

function byInstance(jobs: Iterable<PlacedJob>): Placements {
  const placements = new Map<string, Placement>();
  for (const { containerInstanceArn, gpus } of jobs) {
    if (containerInstanceArn === undefined) continue;
    const { jobs: count, gpus: taken } = placements.get(containerInstanceArn) ?? { jobs: 0, gpus: 0 };
    placements.set(containerInstanceArn, { jobs: count + 1, gpus: taken + gpus });
  }
  return placements;
}
