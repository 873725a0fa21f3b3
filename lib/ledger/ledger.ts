import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';

/** A job ledger, made here or imported. */
export interface IJobLedger extends IConstruct {
  /** ARN of the ledger's DynamoDB table. */
  readonly tableArn: string;
  /** Name of the ledger's DynamoDB table. */
  readonly tableName: string;
  /** The key that the table is encrypted with, if it is not one of AWS. */
  readonly encryptionKey?: kms.IKey;

  /** Keeps the jobs of one more queue. */
  addQueue(queue: batch.IJobQueue): void;

  /**
   * Has the end of each job told to an SQS queue, at least once, as soon as the ledger knows of it: also of ends whose
   * event was lost. The message is `{"jobId", "status", "jobQueue", "endedAt"}`.
   *
   * @param queue in the same account and Region. The ledger may use the key that it is encrypted with.
   * @throws ValidationError for an imported ledger: whoever has made it announces the ends
   */
  announceEnds(queue: sqs.IQueue): void;
}
