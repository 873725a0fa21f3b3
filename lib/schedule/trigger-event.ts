import { ArnFormat, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as events from 'aws-cdk-lib/aws-events';
import type * as s3 from 'aws-cdk-lib/aws-s3';
import { JobStatus } from '../events/job-events';

/** Which objects of a bucket. */
export interface ObjectFilter {
  /**
   * What the object's key begins with.
   *
   * @default - anything
   */
  readonly prefix?: string;

  /**
   * What the object's key ends with; not together with a prefix.
   *
   * @default - anything
   */
  readonly suffix?: string;
}

/** The events that set off a JobTrigger. */
export class TriggerEvent {
  /**
   * An object that comes into a bucket. The bucket has to send its events to EventBridge (`eventBridgeEnabled`). The
   * object's key is `EventField.fromPath('$.detail.object.key')`.
   *
   * @param bucket in the same Region
   * @param filter which objects; all by default
   */
  static objectCreated(bucket: s3.IBucket, filter: ObjectFilter = {}): TriggerEvent {
    const { prefix, suffix } = filter;
    const key = [
      ...(prefix === undefined ? [] : events.Match.prefix(prefix)),
      ...(suffix === undefined ? [] : events.Match.suffix(suffix)),
    ];
    return new TriggerEvent({
      source: ['aws.s3'],
      detailType: ['Object Created'],
      detail: { bucket: { name: [bucket.bucketName] }, ...(key.length > 0 && { object: { key } }) },
    });
  }

  /**
   * The end of a job of a definition, of whichever revision. Array children and jobs that a retry follows are told of too.
   *
   * @param job the definition
   * @param statuses SUCCEEDED, FAILED or both; SUCCEEDED by default
   */
  static jobEnded(job: batch.IJobDefinition, statuses: JobStatus[] = [JobStatus.SUCCEEDED]): TriggerEvent {
    const { region, account } = job.env;
    const family = Stack.of(job).formatArn({
      service: 'batch',
      region,
      account,
      resource: 'job-definition',
      resourceName: job.jobDefinitionName,
      arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
    });
    return new TriggerEvent({
      source: ['aws.batch'],
      detailType: ['Batch Job State Change'],
      detail: { jobDefinition: events.Match.prefix(`${family}:`), status: statuses },
    });
  }

  /**
   * Any events.
   *
   * @param pattern which of the bus
   */
  static matching(pattern: events.EventPattern): TriggerEvent {
    return new TriggerEvent(pattern);
  }

  /** @param pattern which of the bus */
  private constructor(readonly pattern: events.EventPattern) {}
}
