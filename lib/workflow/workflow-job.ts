import type { Duration, Size } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import { Construct } from 'constructs';
import type { EdgeConfig, NodeConfig } from './config';
import { SWEEP_VARIABLE, TIME_PARAMETER } from './config';
import { LARGEST_ARRAY, type ParameterSweep, SMALLEST_ARRAY } from './parameter-sweep';
import { RunIf } from './run-if';
import type { IJobWorkflow } from './workflow';
import { mebibytes } from '../jobs/amounts';
import { ContainerJobDefinition } from '../jobs/container-job-definition';
import { JobRetries } from '../retries/job-retries';
import { checkSeconds, checkWholeNumber, ValidationError } from '../validation/validation-error';

/** A job of a workflow. */
export interface WorkflowJobProps {
  /**
   * What is run. A ContainerJobDefinition is submitted in its latest revision, any other in the one that its ARN says.
   */
  readonly job: batch.IJobDefinition;

  /**
   * Where it goes.
   *
   * @default - the workflow's queue
   */
  readonly queue?: batch.IJobQueue;

  /**
   * What its main container runs, in place of the definition's command.
   *
   * @default - the definition's
   */
  readonly command?: string[];

  /**
   * What commands refer to as `Ref::name`, in place of the run's and the definition's own.
   *
   * @default - the run's, else the definition's
   */
  readonly parameters?: Record<string, string>;

  /**
   * Variables for its containers beside the definition's. `FOREMAN_RUN_ID`, in a run of a schedule `FOREMAN_SCHEDULED_TIME`,
   * and where the workflow has a place `FOREMAN_RUN_PLACE` are given to each.
   *
   * @default - no others
   */
  readonly environment?: Record<string, string>;

  /**
   * Names of the containers of an imported definition with `ecsProperties`, the main one first.
   *
   * @default - those of a ContainerJobDefinition; of any other, the one of its `containerProperties`
   */
  readonly containerNames?: string[];

  /**
   * vCPUs of its main container. On Fargate parts of one are possible.
   *
   * @default - the definition's
   */
  readonly vcpus?: number;

  /**
   * Memory of its main container.
   *
   * @default - the definition's
   */
  readonly memory?: Size;

  /**
   * GPUs of its main container.
   *
   * @default - the definition's
   */
  readonly gpus?: number;

  /**
   * Makes it an array of so many jobs; from 2 to 10,000. It has succeeded when all of them have.
   *
   * @default - one job
   */
  readonly arraySize?: number;

  /**
   * Makes it an array with a job for each combination of some values.
   *
   * @default - one job, or as many as `arraySize` says
   */
  readonly sweep?: ParameterSweep;

  /**
   * Whether the jobs of its array run one after the other, in the order of their indexes.
   *
   * @default false
   */
  readonly sequential?: boolean;

  /**
   * How often AWS Batch tries: from 1 to 10.
   *
   * @default - the definition's
   */
  readonly retryAttempts?: number;

  /**
   * How long an attempt may run, from 60 seconds.
   *
   * @default - the definition's
   */
  readonly timeout?: Duration;

  /**
   * Whose share of a fair-share queue it counts to; such a queue requires it.
   *
   * @default - none
   */
  readonly shareIdentifier?: string;

  /**
   * Priority among the jobs of a share; from 0 to 9999.
   *
   * @default - the definition's
   */
  readonly schedulingPriority?: number;

  /**
   * Tags beside the definition's. They are propagated to the ECS tasks.
   *
   * @default - no others
   */
  readonly tags?: Record<string, string>;
}

/** @see https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html */
const MOST_DEPENDENCIES = 20;
const NAME = /^[A-Za-z0-9][\w-]{0,39}$/;

interface Edge {
  readonly before: WorkflowJob;
  readonly runIf: RunIf;
  readonly each: boolean;
}

/** A job of a workflow, and what it comes after. `JobWorkflow.addJob` makes one. */
export class WorkflowJob extends Construct {
  /** Its name in the workflow. */
  readonly jobName: string;
  readonly queue: batch.IJobQueue;
  readonly job: batch.IJobDefinition;
  private readonly edges: Edge[] = [];

  private readonly workflow: IJobWorkflow;
  private readonly props: WorkflowJobProps;

  /**
   * @param workflow that it is a job of
   * @param jobName in the workflow: 1 to 40 letters, digits, hyphens and underscores
   * @param props what is run, and how
   */
  constructor(workflow: IJobWorkflow, jobName: string, props: WorkflowJobProps) {
    super(workflow, jobName);
    this.workflow = workflow;
    this.props = props;
    this.jobName = jobName;
    this.job = props.job;
    const queue = props.queue ?? workflow.queue;
    if (queue === undefined) {
      const allowed = 'a job queue, where the workflow has none';
      throw new ValidationError(this, { property: 'queue', value: undefined, allowed });
    }
    this.queue = queue;
    this.check();
    this.node.addValidation({
      validate: () => JobRetries._foreign(this.queue, props.job, props.tags, workflow.ledger),
    });
    workflow._add(this);
  }

  /**
   * Has another job run after this one.
   *
   * @param next the other
   * @param runIf what has to become of this one; it has to succeed when left out
   * @returns the other, for further `then`
   */
  then(next: WorkflowJob, runIf?: RunIf): WorkflowJob {
    next.after(this, runIf);
    return next;
  }

  /**
   * Has another array run after this one, index for index: each of its jobs waits for that of the same index only.
   *
   * @returns the other, for further `then`
   */
  thenEach(next: WorkflowJob): WorkflowJob {
    next.afterEach(this);
    return next;
  }

  /**
   * Has this job run after another. It runs when that holds of all that it comes after; of conditions FAILURE one has to
   * hold. When it cannot hold any more, the job is not run.
   *
   * @param before the other
   * @param runIf what has to become of it; it has to succeed when left out
   * @returns this job, for further `after`
   */
  after(before: WorkflowJob, runIf?: RunIf): WorkflowJob {
    return this.add({ before, runIf: runIf ?? RunIf.SUCCESS, each: false });
  }

  /**
   * Has this array run after another of the same size, index for index.
   *
   * @returns this job, for further `after`
   */
  afterEach(before: WorkflowJob): WorkflowJob {
    const [own, other] = [this._arraySize, before._arraySize];
    const unknown = Token.isUnresolved(own) || Token.isUnresolved(other);
    if (own === undefined || other === undefined || (own !== other && !unknown)) {
      throw new ValidationError(this, {
        property: `afterEach(${before.jobName})`,
        value: `of ${other ?? 'no array'} to ${own ?? 'no array'}`,
        allowed: 'between arrays of the same size',
      });
    }
    return this.add({ before, runIf: RunIf.SUCCESS, each: true });
  }

  /** @internal */
  get _arraySize(): number | undefined {
    return this.props.sweep?.size ?? this.props.arraySize;
  }

  /** @internal */
  get _before(): readonly WorkflowJob[] {
    return this.edges.map(({ before }) => before);
  }

  /**
   * What the handler is told of it.
   *
   * @internal
   */
  _config(place: string | undefined): NodeConfig {
    const { job, props } = this;
    const isOurs = job instanceof ContainerJobDefinition;
    const sweep = props.sweep && { [SWEEP_VARIABLE]: JSON.stringify(props.sweep.values) };
    return {
      name: this.jobName,
      after: this.edges.map(({ before, runIf, each }): EdgeConfig => ({
        job: before.jobName,
        on: runIf,
        each: each || undefined,
      })),
      jobQueue: this.queue.jobQueueArn,
      jobDefinition: isOurs ? job.jobDefinitionName : job.jobDefinitionArn,
      containers: props.containerNames ?? (isOurs ? job._taskContainers : undefined),
      command: props.command,
      parameters: props.parameters,
      environment: sweep || props.environment ? { ...props.environment, ...sweep } : undefined,
      vcpus: props.vcpus,
      memoryMiB: props.memory && mebibytes(this, 'memory', props.memory, 1),
      gpus: props.gpus,
      arraySize: this._arraySize,
      sequential: props.sequential || undefined,
      attempts: props.retryAttempts,
      timeoutSeconds: props.timeout?.toSeconds(),
      shareIdentifier: props.shareIdentifier,
      schedulingPriority: props.schedulingPriority,
      tags: props.tags,
      place,
      ...this.retriesConfig(),
    };
  }

  private retriesConfig(): Pick<NodeConfig, 'retried' | 'recreated'> {
    const { queue, job, props, workflow } = this;
    const retries = JobRetries._of(queue, workflow.ledger);
    if (!retries) return {};
    return { retried: true, recreated: retries._covers(job, props.tags) || undefined };
  }

  private add(edge: Edge): WorkflowJob {
    const { before } = edge;
    const property = `after(${before.jobName})`;
    const refuse = (value: string, allowed: string): never => {
      throw new ValidationError(this, { property, value, allowed });
    };
    if (before.workflow !== this.workflow) {
      refuse(`a job of ${before.workflow.node.path}`, `a job of the same workflow, ${this.workflow.node.path}`);
    }
    if (this._before.includes(before)) refuse('given twice', 'given once for each job');
    const way = wayBetween(this, before);
    if (way) refuse(`a cycle: ${[...way, this].map(({ jobName }) => jobName).join(' → ')}`, 'without cycle');
    const most = MOST_DEPENDENCIES - (this.props.sequential ? 1 : 0);
    if (this.edges.length >= most) {
      refuse(
        `the ${this.edges.length + 1}. job that it comes after`,
        `one of at most ${most}, which AWS Batch lets a job depend on`,
      );
    }
    this.edges.push(edge);
    return this;
  }

  private check(): void {
    const { props, jobName } = this;
    if (!NAME.test(jobName)) {
      const allowed = '1 to 40 letters, digits, hyphens and underscores, the first a letter or digit';
      throw new ValidationError(this, { property: 'id', value: JSON.stringify(jobName), allowed });
    }
    props.sweep?._check(this);
    if (props.sweep && props.arraySize !== undefined) {
      const allowed = 'left out where there is a sweep, which says the size';
      throw new ValidationError(this, { property: 'arraySize', value: props.arraySize, allowed });
    }
    if (props.sequential && this._arraySize === undefined) {
      const allowed = 'given with arraySize or sweep only';
      throw new ValidationError(this, { property: 'sequential', value: 'true', allowed });
    }
    checkWholeNumber(this, 'arraySize', props.arraySize, { min: SMALLEST_ARRAY, max: LARGEST_ARRAY });
    checkWholeNumber(this, 'retryAttempts', props.retryAttempts, { min: 1, max: 10 });
    checkWholeNumber(this, 'schedulingPriority', props.schedulingPriority, { min: 0, max: 9999 });
    checkWholeNumber(this, 'gpus', props.gpus, { min: 1 });
    checkSeconds(this, 'timeout', props.timeout, { min: 60 });
    this.checkVariables();
    const memoryMiB = props.memory && mebibytes(this, 'memory', props.memory, 4);
    if (props.job instanceof ContainerJobDefinition) {
      props.job._checkQueue(this.queue, { vcpus: props.vcpus, memoryMiB, gpus: props.gpus });
      this.checkParameters(props.job);
    }
  }

  private checkParameters(job: ContainerJobDefinition): void {
    const given = { ...this.workflow.parameters, ...this.props.parameters };
    const asked = [...this.workflow.requiredParameters, TIME_PARAMETER];
    const missing = job.requiredParameters.find((name) => !Object.hasOwn(given, name) && !asked.includes(name));
    if (missing === undefined) return;
    throw new ValidationError(this, {
      property: `parameters.${missing}`,
      value: undefined,
      allowed: `given, since ${job.node.path} requires it`,
      advice: "Give it here, or in the workflow's parameters or requiredParameters.",
    });
  }

  private checkVariables(): void {
    const reserved = Object.keys(this.props.environment ?? {}).find((name) => /^(AWS_BATCH|FOREMAN)_/.test(name));
    if (reserved === undefined) return;
    const allowed =
      'names that do not begin with AWS_BATCH_ or FOREMAN_, which are given by AWS Batch and this library';
    throw new ValidationError(this, { property: 'environment', value: reserved, allowed });
  }
}

/** @returns the jobs from one to another along what comes after what; undefined when there is no way */
function wayBetween(from: WorkflowJob, to: WorkflowJob, seen = new Set<WorkflowJob>()): WorkflowJob[] | undefined {
  if (from === to) return [from];
  if (seen.has(to)) return undefined;
  seen.add(to);
  for (const before of to._before) {
    const way = wayBetween(from, before, seen);
    if (way) return [...way, to];
  }
  return undefined;
}
