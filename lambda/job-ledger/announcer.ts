import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { EndAnnouncement } from '../../lib/ledger/config';
import { chunks } from '../runtime/chunks';
import { endedAt, type StoredJob } from './item';
import { afterAnnouncement } from './places';
import type { JobStore } from './store';

const MESSAGES_PER_CALL = 10;

/** Tells the subscribers of jobs' ends: each of them, at least once. */
export class Announcer {
  constructor(
    private readonly sqs: SQSClient,
    private readonly store: JobStore,
    private readonly queueUrls: readonly string[],
  ) {}

  get hasSubscribers(): boolean {
    return this.queueUrls.length > 0;
  }

  /**
   * Announces ends, and takes down of each that it was announced.
   *
   * @throws Error when something was not; the others were
   */
  async announce(jobs: readonly StoredJob[]): Promise<void> {
    const outcomes = await Promise.allSettled(
      chunks(jobs, MESSAGES_PER_CALL).map(async (some) => {
        await Promise.all(this.queueUrls.map((queueUrl) => this.send(queueUrl, some)));
        // Where somebody has written meanwhile, the sweep announces once more.
        await Promise.all(some.map((job) => this.store.pass(job, afterAnnouncement(job))));
      }),
    );
    const failure = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failure) throw failure.reason;
  }

  private async send(QueueUrl: string, jobs: readonly StoredJob[]): Promise<void> {
    const { Failed = [] } = await this.sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: jobs.map((job, index) => ({ Id: String(index), MessageBody: JSON.stringify(announcementOf(job)) })),
      }),
    );
    const [failed] = Failed;
    if (failed) throw new Error(`${Failed.length} of ${jobs.length} messages were refused: ${failed.Message}`);
  }
}

function announcementOf({ job }: StoredJob): EndAnnouncement {
  return {
    jobId: job.jobId,
    status: job.status as EndAnnouncement['status'],
    jobQueue: job.queueArn,
    endedAt: new Date(endedAt(job)).toISOString(),
  };
}
