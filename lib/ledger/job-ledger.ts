import { Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { LedgerConfig, LedgerIndex } from './config';
import { DUE, EXPIRY, KEY, OPEN } from './config';
import { jobsMetric, longestWaitMetric, waitMetric } from './job-metrics';
import type { IJobLedger } from './ledger';
import { allowLedger } from './permissions';
import { Encryption, encryptionKeyOf } from '../encryption/encryption';
import { allowSending } from '../encryption/key-rights';
import type { JobStatus } from '../events/job-events';
import { onJobStateChange } from '../events/job-events';
import { queueTarget } from '../events/queue-target';
import { createDeadLetterAlarm, createDeadLetterQueue } from '../handler/dead-letters';
import { HandlerFunction } from '../handler/handler-function';
import { createMessageSource } from '../handler/message-source';
import { tablePolicy } from '../permissions/table-policy';
import { allowUnscoped } from '../permissions/unscoped-actions';
import { checkSeconds, sentence, ValidationError } from '../validation/validation-error';

export interface JobLedgerProps {
  /**
   * The queues whose jobs are kept, of this app or imported. More can be added with `addQueue`; there must be one in the end.
   *
   * @default - none yet
   */
  readonly queues?: batch.IJobQueue[];

  /**
   * How long a job is kept after its end; at least 15 days, since an event may lie 14 days in the dead-letter queue and
   * is no new job when it is sent again.
   *
   * @default Duration.days(30)
   */
  readonly retention?: Duration;

  /**
   * Encrypts what the ledger stores: its table, its queues, its function's log and variables.
   *
   * @default - the key of `Encryption`, else keys of AWS
   */
  readonly encryptionKey?: kms.IKey;
}

/** A ledger that another stack has made. */
export interface JobLedgerAttributes {
  /** ARN of its DynamoDB table. */
  readonly tableArn: string;

  /**
   * The key that the table is encrypted with.
   *
   * @default - one of AWS
   */
  readonly encryptionKey?: kms.IKey;
}

/** A sweep that takes longer is cut off; the next one goes on. */
const FUNCTION_TIMEOUT = Duration.seconds(55);
const SWEEP_EVERY = Duration.minutes(1);
const BATCH_SIZE = 500;
/** Long enough that the events of a burst, and of a job's start, are one write. */
const BATCHING_WINDOW = Duration.seconds(5);
const MAX_CONCURRENCY = 5;
const SECONDS_PER_DAY = 86_400;

/**
 * Keeps of each job what AWS Batch does not: when it entered each state, how long it ran over all attempts, who asked for
 * its end. Events make it quick, a sweep each minute makes it right. Features of this library on the same queues share one.
 */
export class JobLedger extends Construct implements IJobLedger {
  /** A ledger of another stack, whose queues are those that it has been given there. */
  static fromJobLedgerAttributes(scope: Construct, id: string, attributes: JobLedgerAttributes): IJobLedger {
    return new ImportedLedger(scope, id, attributes);
  }

  /** Records and sweeps. */
  readonly function: lambda.IFunction;
  readonly table: dynamodb.ITable;
  readonly tableArn: string;
  readonly tableName: string;
  readonly encryptionKey?: kms.IKey;
  /** Takes events that could not be read or written, and sweeps that failed. */
  readonly deadLetterQueue: sqs.IQueue;
  /** Goes off when there is something in the dead-letter queue. Give it an action. */
  readonly deadLetterAlarm: cloudwatch.Alarm;

  private readonly queues: batch.IJobQueue[] = [];
  private readonly subscribers: sqs.IQueue[] = [];
  private readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: JobLedgerProps = {}) {
    super(scope, id);
    const retention = props.retention ?? Duration.days(30);
    checkSeconds(this, 'retention', retention, { min: 15 * SECONDS_PER_DAY });
    if (props.encryptionKey) Encryption.of(this).useKey(props.encryptionKey);
    this.encryptionKey = encryptionKeyOf(this);
    this.table = createTable(this, this.encryptionKey);
    this.tableArn = this.table.tableArn;
    this.tableName = this.table.tableName;
    this.deadLetterQueue = createDeadLetterQueue(this);
    this.deadLetterAlarm = createDeadLetterAlarm(
      this,
      this.deadLetterQueue,
      'Events of jobs could not be recorded, or sweeps of the ledger have failed; they are in its dead-letter queue',
    );
    const config = (): LedgerConfig => ({
      tableName: this.tableName,
      queueArns: this.queues.map(({ jobQueueArn }) => jobQueueArn),
      subscribers: this.subscribers.map(({ queueUrl }) => queueUrl),
      retentionSeconds: retention.toSeconds(),
    });
    this.handler = new HandlerFunction(this, 'Function', {
      asset: 'job-ledger',
      description: 'Keeps what AWS Batch does not know of its jobs',
      timeout: FUNCTION_TIMEOUT,
      memorySize: 512,
      environment: { CONFIG: Lazy.string({ produce: () => Stack.of(this).toJsonString(config()) }) },
      // A sweep that failed is made up for by the next; its event is kept for whoever wants to know.
      asynchronous: { retryAttempts: 0, onFailure: { bind: () => ({ destination: this.deadLetterQueue.queueArn }) } },
    });
    this.function = this.handler.function;
    this.trigger(this.handler.function);
    this.allow(this.handler.role);
    this.node.addValidation({ validate: () => this.missingQueues() });
    props.queues?.forEach((queue) => this.addQueue(queue));
  }

  addQueue(queue: batch.IJobQueue): void {
    if (!this.queues.includes(queue)) this.queues.push(queue);
  }

  announceEnds(queue: sqs.IQueue): void {
    if (this.subscribers.includes(queue)) return;
    this.subscribers.push(queue);
    allowSending(this.handler.role, queue);
  }

  /**
   * How many jobs of a queue are in a state, looked at once a minute; of SUCCEEDED and FAILED how many came there. Of an
   * array its children count.
   *
   * @param queue one of its queues
   */
  metricJobs(queue: batch.IJobQueue, status: JobStatus, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return jobsMetric(this, queue, status, options);
  }

  /**
   * How many seconds jobs of a queue had been RUNNABLE when they started, the median by default; each attempt counts.
   *
   * @param queue one of its queues
   */
  metricWait(queue: batch.IJobQueue, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return waitMetric(this, queue, options);
  }

  /**
   * For how many seconds the job of a queue that has waited longest is RUNNABLE now.
   *
   * @param queue one of its queues
   */
  metricLongestWait(queue: batch.IJobQueue, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return longestWaitMetric(this, queue, options);
  }

  private trigger(handler: lambda.Function): void {
    new events.Rule(this, 'Tick', {
      description: 'Compares the ledger with AWS Batch each minute',
      schedule: events.Schedule.rate(SWEEP_EVERY),
      targets: [
        // One that could not be delivered is made up for by the next.
        new targets.LambdaFunction(handler, {
          event: events.RuleTargetInput.fromObject({}),
          retryAttempts: 0,
          maxEventAge: SWEEP_EVERY,
        }),
      ],
    });
    const messages = createMessageSource(this, {
      function: handler,
      deadLetterQueue: this.deadLetterQueue,
      batchSize: BATCH_SIZE,
      batchingWindow: BATCHING_WINDOW,
      maxConcurrency: MAX_CONCURRENCY,
    });
    const jobQueue = Lazy.list({ produce: () => this.queues.map(({ jobQueueArn }) => jobQueueArn) });
    onJobStateChange(this, 'Changes', { jobQueue }, [], {
      description: 'Every change of a job',
      target: queueTarget(messages),
    });
  }

  private allow(role: iam.Role): void {
    role.addToPolicy(allowUnscoped('batch:DescribeJobs', 'batch:ListJobs'));
    allowLedger(role, this, ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [OPEN]);
    allowSending(role, this.deadLetterQueue);
  }

  private missingQueues(): string[] {
    if (this.queues.length > 0) return [];
    const allowed = 'a list of at least one job queue';
    return [sentence({ property: 'queues', value: 'empty', allowed, advice: 'Add one with addQueue.' })];
  }
}

function createTable(scope: Construct, encryptionKey: kms.IKey | undefined): dynamodb.Table {
  const table = new dynamodb.Table(scope, 'Table', {
    partitionKey: { name: KEY, type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    timeToLiveAttribute: EXPIRY,
    ...(encryptionKey && { encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
    resourcePolicy: tablePolicy(),
    // What is open can be observed again; the past of what has ended goes with the stack.
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const addIndex = ({ name, partition, sort }: LedgerIndex, projectionType: dynamodb.ProjectionType) =>
    table.addGlobalSecondaryIndex({
      indexName: name,
      partitionKey: { name: partition, type: dynamodb.AttributeType.STRING },
      sortKey: { name: sort, type: dynamodb.AttributeType.NUMBER },
      projectionType,
    });
  addIndex(DUE, dynamodb.ProjectionType.KEYS_ONLY);
  addIndex(OPEN, dynamodb.ProjectionType.ALL);
  return table;
}

class ImportedLedger extends Construct implements IJobLedger {
  readonly tableArn: string;
  readonly tableName: string;
  readonly encryptionKey?: kms.IKey;

  constructor(scope: Construct, id: string, { tableArn, encryptionKey }: JobLedgerAttributes) {
    super(scope, id);
    const table = dynamodb.Table.fromTableArn(this, 'Table', tableArn);
    this.tableArn = table.tableArn;
    this.tableName = table.tableName;
    this.encryptionKey = encryptionKey;
  }

  /** Its stack says which queues it has; that this is one of them cannot be seen from here. */
  addQueue(_queue: batch.IJobQueue): void {}

  announceEnds(_queue: sqs.IQueue): void {
    throw new ValidationError(this, {
      property: 'ledger',
      value: 'imported',
      allowed: 'a JobLedger of this app, which can be told to announce the ends of jobs',
      advice: 'Pass the JobLedger itself, from another stack if need be, or let the construct make one of its own.',
    });
  }
}
