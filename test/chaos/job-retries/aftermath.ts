import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { JobDetail } from '@aws-sdk/client-batch';
import type { Lineage } from '../../../lambda/job-retries/lineage';
import type { RetriesEnvironment } from '../../stack/job-retries/environment';

/** What there is in the end. */
export interface Aftermath {
  readonly jobs: readonly JobAftermath[];
  readonly lineages: Readonly<Record<string, Lineage>>;
  /** Of failed jobs, by id. */
  readonly marks: Readonly<Record<string, { readonly retry?: string; readonly successor?: string }>>;
}

export interface JobAftermath {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly reason?: string;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly stoppedAt?: number;
  /** Whether it ran, or one of its children did. */
  readonly ran: boolean;
  /** Whether AWS Batch shows that somebody ended it. */
  readonly stopped: boolean;
  /** Ids of the first jobs, and their numbers, as the tags say. */
  readonly lineage: string;
  readonly attempt: number;
  /** Of an array: the indexes of the first submission of which a child succeeded. */
  readonly succeeded?: readonly number[];
  readonly arraySize?: number;
}

export async function aftermathOf(environment: RetriesEnvironment): Promise<Aftermath> {
  const { lineages, marks } = await kept(environment);
  return { jobs: environment.jobs().map(({ id }) => jobAftermath(environment, id)), lineages, marks };
}

/** Whether nothing more is to be expected. */
export async function isOver(environment: RetriesEnvironment): Promise<boolean> {
  const jobs = environment.jobs();
  if (jobs.some(({ status }) => status !== 'SUCCEEDED' && status !== 'FAILED')) return false;
  const { lineages, marks } = await kept(environment);
  const settled = Object.values(lineages).every(
    ({ status, effects }) => (status === 'SUCCEEDED' || status === 'FINAL') && effects.length === 0,
  );
  return settled && jobs.every(({ id, status }) => status === 'SUCCEEDED' || isDecided(marks[id]?.retry));
}

function isDecided(retry: string | undefined): boolean {
  return retry === 'RESUBMITTED' || retry === 'FINAL';
}

async function kept({ aws, tableName }: RetriesEnvironment): Promise<Omit<Aftermath, 'jobs'>> {
  const { Items = [] } = await aws.client(DynamoDBClient).send(new ScanCommand({ TableName: tableName }));
  const lineages: Record<string, Lineage> = {};
  const marks: Record<string, { retry?: string; successor?: string }> = {};
  for (const item of Items) {
    const [kind, id] = item['id']!.S!.split('#') as [string, string];
    if (kind === 'lineage') lineages[id] = JSON.parse(item['state']!.S!) as Lineage;
    if (kind === 'job') marks[id] = { retry: item['retry']?.S, successor: item['successor']?.S };
  }
  return { lineages, marks };
}

function jobAftermath(environment: RetriesEnvironment, id: string): JobAftermath {
  const job = environment.describeDirectly(id);
  const size = job.arrayProperties?.size;
  const children = Array.from({ length: size ?? 0 }, (_, index) => environment.describeDirectly(`${id}:${index}`));
  const present = children.filter((child) => child !== undefined);
  return {
    id,
    name: job.jobName!,
    status: job.status!,
    reason: job.statusReason,
    createdAt: job.createdAt!,
    startedAt: job.startedAt,
    stoppedAt: job.stoppedAt,
    ran: [job, ...present].some(({ attempts = [] }) => attempts.length > 0),
    stopped: [job, ...present].some(({ isCancelled, isTerminated }) => isCancelled ?? isTerminated ?? false),
    lineage: job.tags?.['batch-foreman:lineage'] ?? id,
    attempt: Number(job.tags?.['batch-foreman:attempt'] ?? 1),
    arraySize: size,
    succeeded: size === undefined ? undefined : present.flatMap((child) => succeededIndex(job, child)),
  };
}

function succeededIndex(array: JobDetail, child: JobDetail): number[] {
  if (child.status !== 'SUCCEEDED') return [];
  const index = child.arrayProperties!.index!;
  const map = array.container?.environment?.find(({ name }) => name === 'FOREMAN_ARRAY_INDEX')?.value;
  return [map === undefined ? index : Number(map.split(',')[index])];
}
