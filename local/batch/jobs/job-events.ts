import type { World } from '../../world';
import type { Job } from '../model';
import { arnOf, jobDetail } from './job-detail';

/** What Batch publishes to EventBridge. @see https://docs.aws.amazon.com/batch/latest/userguide/batch_cwe_events.html */
export class JobEvents {
  constructor(private readonly world: World) {}

  stateChanged(job: Job): void {
    if (job.parent && !this.world.settings.arrayChildrenPublishEvents) return;
    this.publish('Batch Job State Change', job, [arnOf(this.world, job)]);
  }

  queueBlocked(job: Job): void {
    this.publish('Batch Job Queue Blocked', job, [arnOf(this.world, job), job.spec.queue.arn]);
  }

  private publish(detailType: string, job: Job, resources: string[]): void {
    const detail = jobDetail(this.world, job);
    const tags = this.world.settings.eventsCarryTags ? detail.tags : { resourceArn: detail.jobArn! };
    this.world.events.publish({ source: 'aws.batch', detailType, resources, detail: { ...detail, tags } });
  }
}
