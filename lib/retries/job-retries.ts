import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { RetriesConfig, RuleConfig } from './config';
import { OPT_OUT_TAG } from './config';
import { METRICS } from './config';
import { checkCeilings, checkFallback, retriedQueue } from './retried-queues';
import type { RetryRule } from './retry-rule';
import { allowSending } from '../encryption/key-rights';
import { createDeadLetterAlarm, createDeadLetterQueue } from '../handler/dead-letters';
import { HandlerFunction } from '../handler/handler-function';
import { createMessageSource } from '../handler/message-source';
import { ContainerJobDefinition } from '../jobs/container-job-definition';
import { DUE } from '../ledger/config';
import type { IJobLedger } from '../ledger/ledger';
import { JobLedger } from '../ledger/job-ledger';
import { allowLedger } from '../ledger/permissions';
import { countMetric, queueName } from '../metrics/foreman-metric';
import { allowPublishing } from '../permissions/publishing';
import { allowUnscoped } from '../permissions/unscoped-actions';
import { checkWholeNumber, sentence, ValidationError } from '../validation/validation-error';

/** Whose failures are followed by a retry. */
export enum RetryScope {
  /** Jobs of definitions that this library made. */
  OWN_DEFINITIONS = 'OWN_DEFINITIONS',
  /** Every job in the queues, those of other programs too, which may retry them themselves. */
  ALL_JOBS = 'ALL_JOBS',
}

export interface JobRetriesProps {
  /**
   * The queues whose jobs are retried, and those of the jobs that depend on them, of this app or imported. More can be added
   * with `addQueue`; there must be one in the end.
   *
   * @default - none yet
   */
  readonly queues?: batch.IJobQueue[];

  /** What follows which failure; the first that matches holds, and what matches none is final. At least one. */
  readonly rules: RetryRule[];

  /**
   * Whose jobs. The tag `batch-foreman:opt-out` excepts a job in either case, and jobs that Step Functions waits for are left
   * to it.
   *
   * @default RetryScope.OWN_DEFINITIONS
   */
  readonly scope?: RetryScope;

  /**
   * The most that a job is run by all rules together, the first time included; from 2 to 100.
   *
   * @default 10
   */
  readonly maxSubmissions?: number;

  /**
   * Whether retries are only told of, by events, and not made.
   *
   * @default - for imported queues only
   */
  readonly dryRun?: boolean;

  /**
   * Where it is kept what becomes of jobs. Features of this library on the same queues can share one.
   *
   * @default - a ledger of its own
   */
  readonly ledger?: IJobLedger;
}

const FUNCTION_TIMEOUT = Duration.seconds(60);
const SWEEP_EVERY = Duration.minutes(1);
const BATCH_SIZE = 100;
const BATCHING_WINDOW = Duration.seconds(1);
const MAX_CONCURRENCY = 2;

/** Which construct retries the jobs of a queue: a failure must not be followed by two retries. */
const RETRIES_OF = new WeakMap<batch.IJobQueue, JobRetries>();

/**
 * Submits failed jobs again, later, larger or elsewhere, by the first rule that matches, and with them the jobs that
 * depended on them. What AWS Batch can do itself is for `retryStrategies` of a job.
 */
export class JobRetries extends Construct {
  /**
   * The construct that decides on failures in a queue by way of a ledger, and does not only tell what it would do. To be
   * asked when all has been declared.
   *
   * @internal
   */
  static _of(queue: batch.IJobQueue, ledger: IJobLedger): JobRetries | undefined {
    const retries = RETRIES_OF.get(queue);
    return retries?.ledger === ledger && !retries.rehearses(queue) ? retries : undefined;
  }

  /**
   * What is wrong when jobs are retried by way of another ledger than that of the feature that starts them: it would take
   * them to be over while they are not.
   *
   * @internal
   */
  static _foreign(
    queue: batch.IJobQueue,
    job: batch.IJobDefinition,
    tags: Readonly<Record<string, string>> | undefined,
    ledger: IJobLedger,
  ): string[] {
    const retries = RETRIES_OF.get(queue);
    if (!retries || retries.ledger === ledger || retries.rehearses(queue) || !retries._covers(job, tags)) return [];
    const allowed = `one whose jobs are retried by way of the same ledger, or not at all; ${retries.node.path} has another`;
    const advice = 'Give both the same `ledger`: that of the one is a property of it.';
    return [sentence({ property: 'queue', value: queue.node.path, allowed, advice })];
  }

  /** Decides, submits and sweeps. */
  readonly function: lambda.IFunction;
  readonly ledger: IJobLedger;
  /** Takes what the function has failed on. */
  readonly deadLetterQueue: sqs.IQueue;
  /** Goes off when there is something in the dead-letter queue. Give it an action. */
  readonly deadLetterAlarm: cloudwatch.Alarm;

  private readonly queues: batch.IJobQueue[] = [];
  private readonly rules: readonly RetryRule[];
  private readonly jobScope: RetryScope;
  private readonly dryRun?: boolean;

  constructor(scope: Construct, id: string, props: JobRetriesProps) {
    super(scope, id);
    const { rules, maxSubmissions = 10 } = props;
    this.rules = rules;
    this.jobScope = props.scope ?? RetryScope.OWN_DEFINITIONS;
    this.dryRun = props.dryRun;
    checkWholeNumber(this, 'maxSubmissions', maxSubmissions, { min: 2, max: 100 });
    const rendered = this.render();
    this.ledger = props.ledger ?? new JobLedger(this, 'Ledger');
    this.deadLetterQueue = createDeadLetterQueue(this);
    this.deadLetterAlarm = createDeadLetterAlarm(
      this,
      this.deadLetterQueue,
      'Failed jobs could not be dealt with; what the function was told of them is in its dead-letter queue',
    );
    const config = (): RetriesConfig => ({
      retriesId: this.node.addr,
      tableName: this.ledger.tableName,
      queueUrl: messages.queueUrl,
      scope: this.jobScope,
      queues: this.queues.map((queue) => retriedQueue(queue, this.dryRun)),
      rules: rendered,
      maxSubmissions,
    });
    const handler = new HandlerFunction(this, 'Function', {
      asset: 'job-retries',
      description: 'Submits failed AWS Batch jobs again, with the jobs that depended on them',
      timeout: FUNCTION_TIMEOUT,
      memorySize: 512,
      environment: { CONFIG: Lazy.string({ produce: () => Stack.of(this).toJsonString(config()) }) },
      // A sweep that failed is made up for by the next; its event is kept for whoever wants to know.
      asynchronous: { retryAttempts: 0, onFailure: { bind: () => ({ destination: this.deadLetterQueue.queueArn }) } },
    });
    this.function = handler.function;
    const messages = createMessageSource(this, {
      function: handler.function,
      deadLetterQueue: this.deadLetterQueue,
      batchSize: BATCH_SIZE,
      batchingWindow: BATCHING_WINDOW,
      maxConcurrency: MAX_CONCURRENCY,
    });
    this.ledger.announceEnds(messages);
    this.createTick(handler.function);
    this.allow(handler.role, messages);
    this.node.addValidation({ validate: () => this.missingQueues() });
    props.queues?.forEach((queue) => this.addQueue(queue));
  }

  /** Retries the jobs of one more queue. */
  addQueue(queue: batch.IJobQueue): void {
    checkCeilings(this, this.rules, queue);
    this.rules.forEach((rule, index) => {
      const fallbackQueue = rule._fallbackQueue;
      if (fallbackQueue === undefined || fallbackQueue === queue) return;
      checkFallback(this, `rules[${index}].fallbackQueue`, fallbackQueue, queue);
      this.cover(fallbackQueue);
    });
    this.cover(queue);
  }

  /** A rule for jobs that were submitted again. */
  onRetried(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onEvent(id, 'Batch Job Retried', options);
  }

  /** A rule for jobs that failed in the end, after retries or for want of a possible one. */
  onExhausted(id: string, options: events.OnEventOptions = {}): events.Rule {
    return this.onEvent(id, 'Batch Job Retries Exhausted', options);
  }

  /** How many times jobs of a queue were submitted again. */
  metricRetries(queue: batch.IJobQueue, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, METRICS.retries, { JobQueue: queueName(queue) }, options);
  }

  /** How many jobs of a queue failed in the end, after retries or for want of a possible one. */
  metricExhausted(queue: batch.IJobQueue, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, METRICS.exhausted, { JobQueue: queueName(queue) }, options);
  }

  /**
   * Those of some queues whose jobs it retries.
   *
   * @internal
   */
  _queuesAmong(queues: readonly batch.IJobQueue[]): batch.IJobQueue[] {
    return queues.filter((queue) => this.queues.includes(queue));
  }

  /**
   * Whether jobs of a definition are surely submitted again. One that was imported may have been made by this library, too.
   *
   * @internal
   */
  _covers(job: batch.IJobDefinition, tags: Readonly<Record<string, string>> = {}): boolean {
    if ((tags[OPT_OUT_TAG] ?? 'false') !== 'false') return false;
    return this.jobScope === RetryScope.ALL_JOBS || job instanceof ContainerJobDefinition;
  }

  private rehearses(queue: batch.IJobQueue): boolean {
    return retriedQueue(queue, this.dryRun).dryRun ?? false;
  }

  private onEvent(id: string, detailType: string, { target, ...options }: events.OnEventOptions): events.Rule {
    const rule = new events.Rule(this, id, options);
    const jobQueue = Lazy.list({ produce: () => this.queues.map(({ jobQueueArn }) => jobQueueArn) });
    rule.addEventPattern({ source: ['batch-foreman'], detailType: [detailType], detail: { jobQueue } });
    rule.addTarget(target);
    return rule;
  }

  private cover(queue: batch.IJobQueue): void {
    const other = RETRIES_OF.get(queue);
    if (other === this) return;
    if (other) {
      throw new ValidationError(this, {
        property: 'queues',
        value: queue.node.path,
        allowed: `queues of one JobRetries only, and ${other.node.path} has this one`,
        advice: 'Put the rules into one construct; the first that matches holds.',
      });
    }
    RETRIES_OF.set(queue, this);
    this.queues.push(queue);
    this.ledger.addQueue(queue);
  }

  private render(): RuleConfig[] {
    if (this.rules.length === 0) {
      const advice = 'RetryRule.onFailure() retries whatever a job does wrong.';
      throw new ValidationError(this, { property: 'rules', value: 'empty', allowed: 'a list of at least one', advice });
    }
    return this.rules.map((rule, index) => {
      const first = this.rules.findIndex(({ _name }) => _name === rule._name);
      if (first < index) {
        const allowed = `for other failures than rules[${first}], which holds first`;
        throw new ValidationError(this, { property: `rules[${index}]`, value: `for ${rule._name}`, allowed });
      }
      return rule._render(this, `rules[${index}]`);
    });
  }

  private createTick(handler: lambda.Function): void {
    new events.Rule(this, 'Tick', {
      description: 'Submits what is due, and looks for failures that nobody has told of',
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
  }

  private allow(role: iam.Role, messages: sqs.IQueue): void {
    const allow = (actions: string[], resources: string[]) =>
      role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
    const named = (resource: string) => Stack.of(this).formatArn({ service: 'batch', resource, resourceName: '*' });
    role.addToPolicy(allowUnscoped('batch:DescribeJobDefinitions', 'batch:DescribeJobs', 'batch:ListJobs'));
    // Of whichever definition, and with whichever resource, a job was submitted before.
    const submitted = [named('job-definition'), named('job'), named('consumable-resource')];
    // In one statement: the CDK cannot merge a list that is not known yet with another.
    const resources = () => [...submitted, ...this.queues.map(({ jobQueueArn }) => jobQueueArn)];
    allow(['batch:SubmitJob'], Lazy.list({ produce: resources }));
    allow(['batch:TagResource'], [named('job')]);
    allowLedger(role, this.ledger, ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [DUE]);
    allowSending(role, messages, this.deadLetterQueue);
    role.addToPolicy(allowPublishing(this));
  }

  private missingQueues(): string[] {
    if (this.queues.length > 0) return [];
    const allowed = 'a list of at least one job queue';
    return [sentence({ property: 'queues', value: 'empty', allowed, advice: 'Add one with addQueue.' })];
  }
}
