import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { BatchClient, DescribeJobsCommand, SubmitJobCommand, type JobDetail } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { readLineage, type Found } from '../../cli/lineage/read';
import type { LocalState } from '../../local/state';
import { startMinistack } from '../ministack';
import { eventually, isolated, Service, started } from '../processes';

const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'team', secretAccessKey: 'any' };
/** How many seconds pass in one: the minutes that instances take to come and go would be long. */
const SPEED = '15';
/** What takes longer has hung. */
const SCALE_IN_SECONDS = 120;

/** An account with a deployed app, where jobs' commands are run and files are kept: the local AWS, with S3 of ministack. */
export class Account {
  private readonly batch: BatchClient;
  private readonly dynamo: DynamoDBClient;

  private constructor(
    /** Where programs may keep what they like. */
    readonly directory: string,
    /** Where Python and what the engines come with is found. */
    readonly path: string,
    private readonly services: readonly Service[],
    readonly url: string,
    readonly s3Url: string,
    readonly outputs: Readonly<Record<string, string>>,
  ) {
    const settings = { region: REGION, endpoint: url, credentials: CREDENTIALS };
    this.batch = new BatchClient(settings);
    this.dynamo = new DynamoDBClient(settings);
  }

  /** @param environment the directory of the engines' virtual environment */
  static async open(environment: string, synthesize: (directory: string) => string): Promise<Account> {
    const directory = mkdtempSync(join(tmpdir(), 'foreman-engines-'));
    const path = [join(environment, 'bin'), process.env.PATH!].join(delimiter);
    const services: Service[] = [];
    try {
      const assembly = synthesize(join(directory, 'cdk.out'));
      const s3Url = await startS3(environment, directory, services);
      const { url, outputs } = await startLocalAws(assembly, path, directory, services);
      return new Account(directory, path, services, url, s3Url, outputs);
    } catch (error) {
      await Promise.all(services.map((service) => service.stop()));
      throw error;
    }
  }

  /** The last words of the programs, for the message of a failed test. */
  get logs(): string {
    return this.services.map(({ log }) => log.slice(-4_000)).join('\n');
  }

  async close(): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop()));
    rmSync(this.directory, { recursive: true, force: true });
  }

  async state(): Promise<LocalState> {
    const answer = await fetch(`${this.url}/_local/state`);
    return (await answer.json()) as LocalState;
  }

  async submit(jobDefinition: string, jobQueue: string): Promise<string> {
    const { jobId } = await this.batch.send(new SubmitJobCommand({ jobName: 'own', jobQueue, jobDefinition }));
    return jobId!;
  }

  async job(jobId: string): Promise<JobDetail> {
    const { jobs } = await this.batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
    return jobs![0]!;
  }

  /** Waits until all instances have gone. */
  untilNoInstance(): Promise<LocalState> {
    return eventually('there is no instance left', SCALE_IN_SECONDS, async () => {
      const state = await this.state();
      return state.instances.every(({ terminatedAt }) => terminatedAt !== undefined) && state;
    });
  }

  /** What a ledger has of a job and its lineage. @param ledger the table */
  async lineage(jobId: string, ledger: string): Promise<Found | undefined> {
    return readLineage(this.dynamo, ledger, jobId);
  }

  async createBucket(bucket: string): Promise<void> {
    const answer = await fetch(`${this.s3Url}/${bucket}`, { method: 'PUT' });
    if (!answer.ok) throw new Error(`s3://${bucket}: ${answer.status}`);
  }

  /** @returns the text of an object in S3 */
  async object(bucket: string, key: string): Promise<string> {
    const answer = await fetch(`${this.s3Url}/${bucket}/${key}`);
    if (!answer.ok) throw new Error(`s3://${bucket}/${key}: ${answer.status}`);
    return answer.text();
  }
}

/** What constructs of this library have published on a job. */
export function publishedOn({ events }: LocalState, jobId: string): readonly object[] {
  const arn = `arn:aws:batch:${REGION}:123456789012:job/${jobId}`;
  return events
    .filter(({ source, resources }) => source === 'batch-foreman' && resources.includes(arn))
    .map(({ 'detail-type': detailType, detail }) => ({ detailType, ...detail }));
}

function startS3(environment: string, directory: string, services: Service[]): Promise<string> {
  const home = join(directory, 's3');
  mkdirSync(home);
  const env = { ...isolated(home), SERVICES: 's3' };
  return startMinistack(join(environment, 'bin/python'), ['-m', 'ministack'], env, join(home, 'log'), services);
}

async function startLocalAws(
  assembly: string,
  path: string,
  directory: string,
  services: Service[],
): Promise<{ url: string; outputs: Record<string, string> }> {
  const options = [
    '--assembly',
    assembly,
    '--port',
    '0',
    '--clock',
    'real',
    '--speed',
    SPEED,
    '--execute',
    '--scratch',
  ];
  const env = { ...isolated(directory), PATH: path };
  const logFile = join(directory, 'local-aws.log');
  const localAws = Service.start('npm', ['run', '--silent', 'local', '--', ...options], env, logFile);
  services.push(localAws);
  const url = await started('the local AWS', localAws, async () => /listens on (\S+)/.exec(localAws.log)?.[1]);
  const outputs = [...localAws.log.matchAll(/^ +(\w+) = (.*)$/gm)].map(([, name, value]) => [name!, value!]);
  return { url, outputs: Object.fromEntries(outputs) as Record<string, string> };
}
