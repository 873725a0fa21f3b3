import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { Limit, Limits, TimeoutsConfig } from './config';
import { METRICS, SHORTEST_SECONDS } from './config';
import { allowSending } from '../encryption/key-rights';
import { createDeadLetterAlarm, createDeadLetterQueue } from '../handler/dead-letters';
import { HandlerFunction } from '../handler/handler-function';
import { createMinuteTick } from '../handler/minute-tick';
import { OPEN } from '../ledger/config';
import { isImported } from '../ledger/imported-queue';
import { JobLedger } from '../ledger/job-ledger';
import type { IJobLedger } from '../ledger/ledger';
import { allowLedger } from '../ledger/permissions';
import { countMetric, queueName } from '../metrics/foreman-metric';
import { allowPublishing } from '../permissions/publishing';
import { allowUnscoped } from '../permissions/unscoped-actions';
import { checkSeconds, ValidationError } from '../validation/validation-error';

/** How long a job may take; each a whole number of seconds of at least a minute. */
export interface JobTimeLimits {
  /**
   * In SUBMITTED, before AWS Batch has looked at it.
   *
   * @default - no limit
   */
  readonly submitted?: Duration;

  /**
   * In PENDING, while it waits for other jobs. The parent of an array is PENDING while its children run and is not timed.
   *
   * @default - no limit
   */
  readonly pending?: Duration;

  /**
   * In RUNNABLE, while it waits for room; each attempt anew.
   *
   * @default - no limit
   */
  readonly runnable?: Duration;

  /**
   * In STARTING, while its machine comes and its image is pulled; each attempt anew.
   *
   * @default - no limit
   */
  readonly starting?: Duration;

  /**
   * In RUNNING, over all attempts together. AWS Batch itself limits one attempt: `timeout` of the job definition.
   *
   * @default - no limit
   */
  readonly running?: Duration;

  /**
   * From the submission to the end. Of an array, for all of it; a child's own life begins when the array's does.
   *
   * @default - no limit
   */
  readonly total?: Duration;
}

export interface JobTimeoutsProps extends JobTimeLimits {
  /** The queues whose jobs are timed, of this app or imported; at least one. */
  readonly queues: batch.IJobQueue[];

  /**
   * The ledger that tells when jobs came where they are. Features on the same queues should share one.
   *
   * @default - one of its own
   */
  readonly ledger?: IJobLedger;

  /**
   * How far a job may loosen a limit by its tag: `batch-foreman:timeout-runnable` = `2h`. Tags may always tighten one.
   *
   * @default - tags tighten only
   */
  readonly loosenUpTo?: JobTimeLimits;

  /**
   * Whether to say only, by event and metric, what would be done.
   *
   * @default - true for imported queues, whose jobs somebody else may look after; false for queues of this app
   */
  readonly dryRun?: boolean;
}

/** It leaves what it does not get done to the next tick. */
const FUNCTION_TIMEOUT = Duration.seconds(55);

/**
 * Ends jobs that wait too long, hang while they start, or take too long altogether. What waits is cancelled, which does
 * nothing to a job that has just started; only what starts, runs or is as a whole too late is terminated. A job is ended
 * within 150 seconds after it has passed its limit, never before.
 */
export class JobTimeouts extends Construct {
  /** Looks at the ledger each minute. */
  readonly function: lambda.IFunction;
  readonly ledger: IJobLedger;
  /** Takes ticks that failed; the next one makes up for them. */
  readonly deadLetterQueue: sqs.IQueue;
  /** Goes off when there is something in the dead-letter queue. Give it an action. */
  readonly deadLetterAlarm: cloudwatch.Alarm;
  private readonly queues: readonly batch.IJobQueue[];
  private readonly dryRun?: boolean;

  constructor(scope: Construct, id: string, props: JobTimeoutsProps) {
    super(scope, id);
    const limits = limitsOf(this, props, '');
    const ceilings = limitsOf(this, props.loosenUpTo ?? {}, 'loosenUpTo.');
    if (Object.keys(limits).length === 0) {
      const allowed = 'given for at least one of submitted, pending, runnable, starting, running and total';
      throw new ValidationError(this, { property: 'a limit', value: undefined, allowed });
    }
    checkCeilings(this, limits, ceilings);
    if (props.queues.length === 0) {
      const allowed = 'a list of at least one job queue';
      throw new ValidationError(this, { property: 'queues', value: 'empty', allowed });
    }
    this.ledger = props.ledger ?? new JobLedger(this, 'Ledger');
    this.queues = props.queues;
    this.dryRun = props.dryRun;
    props.queues.forEach((queue) => this.ledger.addQueue(queue));
    this.deadLetterQueue = createDeadLetterQueue(this);
    this.deadLetterAlarm = createDeadLetterAlarm(
      this,
      this.deadLetterQueue,
      'Looks for jobs that take too long have failed; they are in the dead-letter queue',
    );
    const config: TimeoutsConfig = {
      by: this.node.path,
      tableName: this.ledger.tableName,
      queues: props.queues.map((queue) => ({
        arn: queue.jobQueueArn,
        dryRun: this.isDryRun(queue),
      })),
      limits,
      ceilings,
    };
    const handler = new HandlerFunction(this, 'Function', {
      asset: 'job-timeouts',
      description: 'Ends jobs of AWS Batch that take too long',
      timeout: FUNCTION_TIMEOUT,
      memorySize: 512,
      environment: { CONFIG: Lazy.string({ produce: () => Stack.of(this).toJsonString(config) }) },
      // A tick that failed is made up for by the next; its event is kept for whoever wants to know.
      asynchronous: { retryAttempts: 0, onFailure: { bind: () => ({ destination: this.deadLetterQueue.queueArn }) } },
    });
    this.function = handler.function;
    this.allow(handler.role, config);
    createMinuteTick(this, {
      function: handler.function,
      description: 'Looks for jobs that take too long each minute',
      input: events.RuleTargetInput.fromObject({}),
    });
  }

  /**
   * How many jobs of a queue have ended because they passed a limit.
   *
   * @param queue one of its queues
   */
  metricTimedOut(queue: batch.IJobQueue, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, METRICS.timedOut, { JobQueue: queueName(queue) }, options);
  }

  /**
   * How many jobs of a queue would have been ended, in a dry run.
   *
   * @param queue one of its queues
   */
  metricPastLimit(queue: batch.IJobQueue, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, METRICS.pastLimit, { JobQueue: queueName(queue) }, options);
  }

  /**
   * Those of some queues whose jobs it times, and whether it only says what it would do.
   *
   * @internal
   */
  _queuesAmong(queues: readonly batch.IJobQueue[]): { readonly queue: batch.IJobQueue; readonly dryRun: boolean }[] {
    const timed = this.queues.filter((queue) => queues.includes(queue));
    return timed.map((queue) => ({ queue, dryRun: this.isDryRun(queue) }));
  }

  private isDryRun(queue: batch.IJobQueue): boolean {
    return this.dryRun ?? isImported(queue);
  }

  private allow(role: iam.Role, { queues }: TimeoutsConfig): void {
    role.addToPolicy(allowUnscoped('batch:DescribeJobs'));
    if (queues.some(({ dryRun }) => !dryRun)) {
      // A job's id tells nothing of its queue.
      const jobs = Stack.of(this).formatArn({ service: 'batch', resource: 'job', resourceName: '*' });
      role.addToPolicy(
        new iam.PolicyStatement({ actions: ['batch:CancelJob', 'batch:TerminateJob'], resources: [jobs] }),
      );
    }
    allowLedger(role, this.ledger, ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [OPEN]);
    allowSending(role, this.deadLetterQueue);
    role.addToPolicy(allowPublishing(this));
  }
}

function limitsOf(scope: Construct, limits: JobTimeLimits, prefix: string): Limits {
  const { submitted, pending, runnable, starting, running, total } = limits;
  const given = Object.entries({ submitted, pending, runnable, starting, running, total });
  return Object.fromEntries(
    given.flatMap(([name, duration]): [Limit, number][] => {
      if (duration === undefined) return [];
      checkSeconds(scope, `${prefix}${name}`, duration, { min: SHORTEST_SECONDS });
      return [[name.toUpperCase() as Limit, duration.toSeconds()]];
    }),
  );
}

function checkCeilings(scope: Construct, limits: Limits, ceilings: Limits): void {
  for (const [limit, ceiling] of Object.entries(ceilings) as [Limit, number][]) {
    const base = limits[limit];
    if (base !== undefined && ceiling >= base) continue;
    const property = `loosenUpTo.${limit.toLowerCase()}`;
    const value = `${ceiling} s`;
    const allowed =
      base === undefined
        ? `left out, since ${limit.toLowerCase()} has no limit`
        : `at least the limit itself, ${base} s`;
    throw new ValidationError(scope, { property, value, allowed });
  }
}
