import { Duration, Names, Stack, Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { WorkflowConfig } from './config';
import { RUN_EVENT, RUN_METRICS } from './config';
import type { IJobWorkflow } from './workflow';
import { WorkflowGraph } from './workflow-graph';
import { WorkflowJob, type WorkflowJobProps } from './workflow-job';
import { allowSending } from '../encryption/key-rights';
import { createDeadLetterAlarm, createDeadLetterQueue } from '../handler/dead-letters';
import { HandlerFunction } from '../handler/handler-function';
import { createMessageSource } from '../handler/message-source';
import { JobDefinitionBase } from '../jobs/job-definition-base';
import { DUE } from '../ledger/config';
import { JobLedger } from '../ledger/job-ledger';
import type { IJobLedger } from '../ledger/ledger';
import { allowLedger } from '../ledger/permissions';
import { countMetric } from '../metrics/foreman-metric';
import { allowPublishing } from '../permissions/publishing';
import { allowUnscoped } from '../permissions/unscoped-actions';
import type { RunPlace } from '../storage/run-place';
import { sentence, ValidationError } from '../validation/validation-error';

export interface JobWorkflowProps {
  /**
   * Where its jobs go, but for those that name a queue of their own.
   *
   * @default - each job names its queue
   */
  readonly queue?: batch.IJobQueue;

  /**
   * Name of the workflow, unique in account and Region, with which the ids of its runs begin: up to 64 letters, digits,
   * hyphens and underscores, the first a letter or digit.
   *
   * @default - made of the construct's path
   */
  readonly workflowName?: string;

  /**
   * Parameters of each run, in the place of which a run can be started with others. Commands refer to them as `Ref::name`.
   *
   * @default - none
   */
  readonly parameters?: Record<string, string>;

  /**
   * Parameters that each run has to be started with.
   *
   * @default - none
   */
  readonly requiredParameters?: string[];

  /**
   * A place that the jobs of each run have to themselves; they find it in `FOREMAN_RUN_PLACE`.
   *
   * @default - none
   */
  readonly place?: RunPlace;

  /**
   * Keeps the runs, and tells of the ends of jobs.
   *
   * @default - one of its own
   */
  readonly ledger?: IJobLedger;
}

const FUNCTION_TIMEOUT = Duration.minutes(1);
const SWEEP_EVERY = Duration.minutes(1);
const BATCH_SIZE = 100;
/** Long enough that jobs which end together are one look, short enough that nobody waits for it. */
const BATCHING_WINDOW = Duration.seconds(2);
/** The least that SQS event sources take. */
const MAX_CONCURRENCY = 2;
/** How long it is known what became of a run. */
const RETENTION_DAYS = 90;
const NAME = /^[A-Za-z0-9][\w-]{0,63}$/;
const LONGEST_NAME = 64;
const MOST_JOBS = 100;

/**
 * Jobs in a graph, submitted as one run: by a schedule, an event, or a call of its function with
 * `{"start": {"key": "any text", "parameters": {}}}`, which starts one run for each key. `{"status": {"runId": "…"}}` tells
 * how it is, `{"cancel": {"runId": "…", "reason": "…"}}` ends it. At its end there is an event `Batch Workflow Run`.
 *
 * ```
 * workflow.addJob('Preprocess', { job: preprocess, arraySize: 100 })
 *   .then(workflow.addJob('Train', { job: train, queue: gpuQueue }))
 *   .then(workflow.addJob('Report', { job: report }));
 * ```
 *
 * What follows on success waits within AWS Batch; what follows on failure is submitted when the job has failed, its retries
 * included: those of AWS Batch itself, and those of a JobRetries that has the same `ledger`.
 */
export class JobWorkflow extends Construct implements IJobWorkflow {
  readonly workflowName: string;
  readonly queue?: batch.IJobQueue;
  readonly parameters: Record<string, string>;
  readonly requiredParameters: string[];
  readonly ledger: IJobLedger;
  /** Starts runs, brings them forward, cancels them and tells how they are. */
  readonly function: lambda.IFunction;
  /** Takes what the function has failed on. */
  readonly deadLetterQueue: sqs.IQueue;
  /** Goes off when there is something in the dead-letter queue. Give it an action. */
  readonly deadLetterAlarm: cloudwatch.Alarm;
  private readonly place?: RunPlace;
  private readonly graph: WorkflowGraph;
  private readonly handler: HandlerFunction;

  constructor(scope: Construct, id: string, props: JobWorkflowProps = {}) {
    super(scope, id);
    checkName(this, props.workflowName);
    this.workflowName =
      props.workflowName ?? Names.uniqueResourceName(this, { maxLength: LONGEST_NAME, separator: '-' });
    this.queue = props.queue;
    this.parameters = props.parameters ?? {};
    this.requiredParameters = props.requiredParameters ?? [];
    this.place = props.place;
    this.ledger = props.ledger ?? new JobLedger(this, 'Ledger');
    this.graph = new WorkflowGraph(this, this.workflowName);
    this.deadLetterQueue = createDeadLetterQueue(this);
    this.deadLetterAlarm = createDeadLetterAlarm(
      this,
      this.deadLetterQueue,
      'Runs of a workflow could not be brought forward; what failed is in its dead-letter queue',
    );
    const config: WorkflowConfig = {
      workflow: this.workflowName,
      tableName: this.ledger.tableName,
      graphPath: this.graph.path,
      parameters: this.parameters,
      requiredParameters: this.requiredParameters,
      retentionDays: RETENTION_DAYS,
    };
    this.handler = new HandlerFunction(this, 'Function', {
      asset: 'job-workflow',
      description: 'Submits the jobs of a workflow in their order',
      timeout: FUNCTION_TIMEOUT,
      memorySize: 512,
      environment: { CONFIG: Stack.of(this).toJsonString(config) },
      asynchronous: { retryAttempts: 2, onFailure: { bind: () => ({ destination: this.deadLetterQueue.queueArn }) } },
    });
    this.function = this.handler.function;
    this.trigger(this.handler.function);
    this.allow(this.handler.role);
    this.node.addValidation({ validate: () => this.missingJobs() });
  }

  /**
   * Adds a job. It runs at once when a run starts, unless it is put behind others.
   *
   * @param name in the workflow: 1 to 40 letters, digits, hyphens and underscores
   * @param props what is run, and how
   */
  addJob(name: string, props: WorkflowJobProps): WorkflowJob {
    return new WorkflowJob(this, name, props);
  }

  /**
   * The job of that name.
   *
   * @throws ValidationError when there is none
   */
  findJob(name: string): WorkflowJob {
    const found = this.graph.jobs.find(({ jobName }) => jobName === name);
    if (found) return found;
    const names = this.graph.jobs.map(({ jobName }) => jobName).join(', ');
    throw new ValidationError(this, {
      property: 'job',
      value: JSON.stringify(name),
      allowed: `the name of one that has been added: ${names || 'there is none yet'}`,
    });
  }

  /** Lets somebody start, look at and cancel runs, by invoking the function. */
  grantRun(grantee: iam.IGrantable): iam.Grant {
    return this.function.grantInvoke(grantee);
  }

  /** A rule for the ends of its runs; the detail has the outcome of the run and of each of its jobs. */
  onRunEnd(id: string, options: events.OnEventOptions = {}): events.Rule {
    const { target, crossStackScope, ...rest } = options;
    const rule = new events.Rule(crossStackScope ?? this, id, rest);
    rule.addEventPattern({
      source: ['batch-foreman'],
      detailType: [RUN_EVENT],
      detail: { workflow: [this.workflowName] },
    });
    rule.addTarget(target);
    return rule;
  }

  /** How many runs have succeeded. */
  metricSucceeded(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, RUN_METRICS.succeeded, { Workflow: this.workflowName }, options);
  }

  /** How many runs have failed. */
  metricFailed(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, RUN_METRICS.failed, { Workflow: this.workflowName }, options);
  }

  /** @internal */
  _add(job: WorkflowJob): void {
    if (this.graph.jobs.length >= MOST_JOBS) {
      const allowed = `one of at most ${MOST_JOBS} jobs`;
      const advice = 'Make jobs that differ by their index only an array.';
      throw new ValidationError(job, { property: 'id', value: `the ${MOST_JOBS + 1}. job`, allowed, advice });
    }
    this.graph.add(job, this.place?._bind(job, job.job));
    this.ledger.addQueue(job.queue);
    const { role } = this.handler;
    if (job.job instanceof JobDefinitionBase) job.job.grantSubmit(role, job.queue);
    else allow(role, ['batch:SubmitJob'], [job.queue.jobQueueArn, job.job.jobDefinitionArn]);
  }

  private trigger(handler: lambda.Function): void {
    new events.Rule(this, 'Tick', {
      description: 'Looks each minute at the runs that are due',
      schedule: events.Schedule.rate(SWEEP_EVERY),
      targets: [
        // One that could not be delivered is made up for by the next.
        new targets.LambdaFunction(handler, {
          event: events.RuleTargetInput.fromObject({ sweep: true }),
          retryAttempts: 0,
          maxEventAge: SWEEP_EVERY,
        }),
      ],
    });
    const ends = createMessageSource(this, {
      function: handler,
      deadLetterQueue: this.deadLetterQueue,
      batchSize: BATCH_SIZE,
      batchingWindow: BATCHING_WINDOW,
      maxConcurrency: MAX_CONCURRENCY,
    });
    this.ledger.announceEnds(ends);
  }

  private allow(role: iam.Role): void {
    const jobs = Stack.of(this).formatArn({ service: 'batch', resource: 'job', resourceName: '*' });
    // A job is tagged as it is submitted; its id is not known before.
    allow(role, ['batch:TagResource', 'batch:TerminateJob'], [jobs]);
    role.addToPolicy(allowUnscoped('batch:DescribeJobs', 'batch:ListJobs'));
    allow(role, ['ssm:GetParametersByPath'], [this.graph.arn]);
    allowLedger(role, this.ledger, ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [DUE]);
    allowSending(role, this.deadLetterQueue);
    role.addToPolicy(allowPublishing(this));
  }

  private missingJobs(): string[] {
    if (this.graph.jobs.length > 0) return [];
    const allowed = 'at least one job';
    return [sentence({ property: 'jobs', value: 'empty', allowed, advice: 'Add one with addJob.' })];
  }
}

function allow(role: iam.Role, actions: string[], resources: string[]): void {
  role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
}

function checkName(scope: Construct, name: string | undefined): void {
  if (name === undefined || Token.isUnresolved(name) || NAME.test(name)) return;
  const allowed = '1 to 64 letters, digits, hyphens and underscores, the first a letter or digit';
  throw new ValidationError(scope, { property: 'workflowName', value: JSON.stringify(name), allowed });
}
