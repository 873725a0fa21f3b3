import type { JobSummary } from '@aws-sdk/client-batch';
import { arrayParentId } from '../../batch/jobs';
import { ACTIVE, type LedgerJob, type Status } from '../item';

/** The active jobs of one queue as AWS Batch lists them. */
export interface Listing {
  readonly jobs: readonly JobSummary[];
  /** Whether every active job is there, but for the children of arrays. */
  readonly complete: boolean;
}

/**
 * The jobs of a queue that AWS Batch has to be asked for: what it lists and the ledger does not have so, and what the
 * ledger has open and no list shows. Children of arrays are looked at with their array.
 *
 * @param open what the ledger has open in the queue, by job id
 */
export function suspects(open: ReadonlyMap<string, LedgerJob>, listing: Listing): string[] {
  const listed = new Map(listing.jobs.map((job) => [job.jobId!, job]));
  const found: string[] = [];
  for (const [jobId, summary] of listed) {
    const known = open.get(jobId);
    if (!known || !known.described || !agree(known, summary)) found.push(jobId);
  }
  if (!listing.complete) return found;
  for (const jobId of open.keys()) {
    // A child whose array has ended has ended, too; whether others have, their array tells.
    if (!listed.has(jobId) && !listed.has(arrayParentId(jobId))) found.push(jobId);
  }
  return found;
}

/** A job that is in the same state may have come there once more. */
function agree(known: LedgerJob, { status, startedAt }: JobSummary): boolean {
  return known.status === status && known.startedAt === startedAt;
}

/** An array that runs, and how its children are. */
export interface ArrayView {
  readonly arrayJobId: string;
  /** What the ledger has open of it. */
  readonly children: readonly LedgerJob[];
  /** The states in which AWS Batch counts others than the ledger has. */
  readonly differ: readonly Status[];
}

/** The arrays whose children have to be listed: counts tell, without asking for each child. */
export function differingArrays(open: ReadonlyMap<string, LedgerJob>, listing: Listing): ArrayView[] {
  const children = new Map<string, LedgerJob[]>();
  for (const job of open.values()) {
    const parent = arrayParentId(job.jobId);
    if (parent !== job.jobId) children.set(parent, [...(children.get(parent) ?? []), job]);
  }
  return listing.jobs.flatMap((summary): ArrayView[] => {
    const { size, statusSummary } = summary.arrayProperties ?? {};
    if (size === undefined) return [];
    const own = children.get(summary.jobId!) ?? [];
    const differ = ACTIVE.filter((status) => {
      const known = own.filter((child) => child.status === status).length;
      return statusSummary === undefined || (statusSummary[status] ?? 0) !== known;
    });
    return differ.length > 0 ? [{ arrayJobId: summary.jobId!, children: own, differ }] : [];
  });
}

/**
 * The children of an array that AWS Batch has to be asked for.
 *
 * @param listed the children in the states that differ
 */
export function suspectChildren({ children, differ }: ArrayView, listed: readonly JobSummary[]): string[] {
  const byId = new Map(children.map((child) => [child.jobId, child]));
  const seen = new Map(listed.map((job) => [job.jobId!, job.status]));
  const found = [...seen].filter(([jobId, status]) => byId.get(jobId)?.status !== status).map(([jobId]) => jobId);
  const gone = children.filter(({ jobId, status }) => differ.includes(status) && !seen.has(jobId));
  return [...found, ...gone.map(({ jobId }) => jobId)];
}
