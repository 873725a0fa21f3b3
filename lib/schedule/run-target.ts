import { Annotations, Stack, Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { JobTargetConfig, RunTargetConfig } from './config';
import type { JobRunOptions } from './job-run-options';
import { ContainerJobDefinition } from '../jobs/container-job-definition';
import { JobDefinitionBase } from '../jobs/job-definition-base';
import type { IJobLedger } from '../ledger/ledger';
import { allowUnscoped } from '../permissions/unscoped-actions';
import { JobRetries } from '../retries/job-retries';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

/** What a schedule or a trigger runs: jobs of a definition, or a workflow. */
export interface RunTarget {
  /** The queues that its jobs go to. */
  readonly queues: readonly batch.IJobQueue[];
  /** @param observedBy the ledger, where it matters when runs are over; then it is to be asked when all has been declared */
  config(observedBy?: IJobLedger): RunTargetConfig;
  /** What is wrong when runs are to be observed by a ledger. */
  problems(ledger: IJobLedger): string[];
  /** Allows starting runs, and looking for them. */
  grantStart(role: iam.Role): void;
  /** Allows seeing whether runs are over. */
  grantObserve(role: iam.Role): void;
  /** Allows ending runs. */
  grantStop(role: iam.Role): void;
}

/** Given by the handler to each job of a schedule. */
const TIME_PARAMETER = 'scheduledTime';

/**
 * Jobs of a definition on a queue, or runs of a workflow.
 *
 * @param given parameters that come with each run
 */
export function runTarget(scope: Construct, options: JobRunOptions, given: readonly string[]): RunTarget {
  const { job, queue, workflow } = options;
  if (workflow) return workflowRuns(scope, { ...options, workflow }, given);
  if (job && queue) return jobRuns(scope, { ...options, job, queue }, given);
  throw new ValidationError(scope, {
    property: job ? 'queue' : 'job',
    value: undefined,
    allowed: job ? 'the job queue that the jobs go to' : 'a job definition, or `workflow` be given',
  });
}

type JobOptions = JobRunOptions & Required<Pick<JobRunOptions, 'job' | 'queue'>>;
type WorkflowOptions = JobRunOptions & Required<Pick<JobRunOptions, 'workflow'>>;

function workflowRuns(scope: Construct, options: WorkflowOptions, given: readonly string[]): RunTarget {
  const { workflow, parameters = {}, ledger: _, ...rest } = options;
  const others = JOB_OPTIONS.find((name) => rest[name] !== undefined);
  if (others !== undefined) {
    const allowed = 'left out where a workflow is run: its jobs have their own';
    throw new ValidationError(scope, { property: others, value: 'given', allowed });
  }
  const missing = workflow.requiredParameters.find((name) => !Object.hasOwn(parameters, name) && !given.includes(name));
  if (missing !== undefined) {
    const allowed = `given, since ${workflow.node.path} requires it`;
    throw new ValidationError(scope, { property: `parameters.${missing}`, value: undefined, allowed });
  }
  return {
    queues: [],
    config: () => ({
      kind: 'workflow',
      function: workflow.function.functionArn,
      workflow: workflow.workflowName,
      parameters: options.parameters,
    }),
    grantStart(role) {
      const resources = [workflow.function.functionArn];
      role.addToPolicy(new iam.PolicyStatement({ actions: ['lambda:InvokeFunction'], resources }));
    },
    problems: () => [],
    // The workflow's function is asked.
    grantObserve() {},
    grantStop() {},
  };
}

const JOB_OPTIONS = [
  'job',
  'queue',
  'environment',
  'containerNames',
  'arraySize',
  'shareIdentifier',
  'schedulingPriority',
  'tags',
] as const;

function jobRuns(scope: Construct, options: JobOptions, given: readonly string[]): RunTarget {
  const { job, queue } = options;
  check(scope, options, given);
  const config: JobTargetConfig = {
    kind: 'job',
    jobQueue: queue.jobQueueArn,
    // Without a revision it is the latest; a definition of others says its revision.
    jobDefinition: job instanceof ContainerJobDefinition ? job.jobDefinitionName : job.jobDefinitionArn,
    containers: options.containerNames ?? (job instanceof ContainerJobDefinition ? job._taskContainers : undefined),
    parameters: options.parameters,
    environment: options.environment,
    arraySize: options.arraySize,
    shareIdentifier: options.shareIdentifier,
    schedulingPriority: options.schedulingPriority,
    tags: options.tags,
  };
  const jobs = Stack.of(scope).formatArn({ service: 'batch', resource: 'job', resourceName: '*' });
  const allow = (role: iam.Role, actions: string[], resources: string[]): void =>
    void role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
  return {
    queues: [queue],
    config: (observedBy) => ({
      ...config,
      retried: (observedBy && JobRetries._of(queue, observedBy) !== undefined) || undefined,
    }),
    problems: (ledger) => JobRetries._foreign(queue, job, options.tags, ledger),
    grantStart(role) {
      if (job instanceof JobDefinitionBase) job.grantSubmit(role, queue);
      else allow(role, ['batch:SubmitJob'], [queue.jobQueueArn, job.jobDefinitionArn]);
      // A job is tagged as it is submitted; its id is not known before.
      allow(role, ['batch:TagResource'], [jobs]);
      role.addToPolicy(allowUnscoped('batch:DescribeJobs', 'batch:ListJobs'));
    },
    grantObserve(role) {
      role.addToPolicy(allowUnscoped('batch:DescribeJobs'));
    },
    grantStop(role) {
      allow(role, ['batch:CancelJob', 'batch:TerminateJob'], [jobs]);
    },
  };
}

function check(scope: Construct, options: JobOptions, given: readonly string[]): void {
  const { job, queue, parameters = {}, environment = {} } = options;
  checkWholeNumber(scope, 'arraySize', options.arraySize, { min: 2, max: 10_000 });
  checkWholeNumber(scope, 'schedulingPriority', options.schedulingPriority, { min: 0, max: 9999 });
  const { shareIdentifier: share } = options;
  if (share !== undefined && !Token.isUnresolved(share) && !/^[A-Za-z0-9]{1,255}$/.test(share)) {
    const allowed = '1 to 255 letters and digits';
    throw new ValidationError(scope, { property: 'shareIdentifier', value: JSON.stringify(share), allowed });
  }
  const reserved = Object.keys(environment).find((name) => /^(AWS_BATCH|FOREMAN)_/.test(name));
  if (reserved !== undefined) {
    const allowed =
      'names that do not begin with AWS_BATCH_ or FOREMAN_, which are given by AWS Batch and this library';
    throw new ValidationError(scope, { property: 'environment', value: reserved, allowed });
  }
  if (!(job instanceof ContainerJobDefinition)) return;
  job._checkQueue(queue);
  const missing = job.requiredParameters.find((name) => !Object.hasOwn(parameters, name) && !given.includes(name));
  if (missing !== undefined) {
    throw new ValidationError(scope, {
      property: `parameters.${missing}`,
      value: undefined,
      allowed: `given, since ${job.node.path} requires it`,
    });
  }
  const unknown = Object.keys(parameters).find(
    (name) => !job.requiredParameters.includes(name) && !Object.hasOwn(job.parameters ?? {}, name),
  );
  if (unknown === undefined) return;
  Annotations.of(scope).addWarningV2(
    'cdk-batch-foreman:unusedParameter',
    `parameters.${unknown} is not a parameter of ${job.node.path}: no command can refer to it`,
  );
}

/** The parameter that has the scheduled time. */
export const SCHEDULED = [TIME_PARAMETER];
