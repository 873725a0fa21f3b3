import type * as batch from 'aws-cdk-lib/aws-batch';
import type { IJobLedger } from '../ledger/ledger';
import type { IJobWorkflow } from '../workflow/workflow';

/** The jobs that a schedule or a trigger submits, or the workflow that it starts. */
export interface JobRunOptions {
  /**
   * What is run. A ContainerJobDefinition is submitted in its latest revision, any other in the one that its ARN says.
   *
   * @default - none: `workflow` is given
   */
  readonly job?: batch.IJobDefinition;

  /**
   * Where the jobs go. Required with `job`.
   *
   * @default - none: the jobs of the workflow have their queues
   */
  readonly queue?: batch.IJobQueue;

  /**
   * What is run in place of a job. Of the options that follow only `parameters` and `ledger` are for it.
   *
   * @default - none: `job` is given
   */
  readonly workflow?: IJobWorkflow;

  /**
   * What commands refer to as `Ref::name`, in place of the definition's or the workflow's own. With a JobTrigger, values of
   * the event are given by `EventField` of `aws-cdk-lib/aws-events`: `{ input:
   * `s3://${EventField.fromPath('$.detail.bucket.name')}/${EventField.fromPath('$.detail.object.key')}` }`. What the event
   * does not have is empty.
   *
   * @default - the definition's, or the workflow's
   */
  readonly parameters?: Record<string, string>;

  /**
   * Variables for the job's containers beside their own. `FOREMAN_RUN_ID` and, on a schedule, `FOREMAN_SCHEDULED_TIME` are
   * given to each.
   *
   * @default - no others
   */
  readonly environment?: Record<string, string>;

  /**
   * Names of the containers of an imported or foreign definition with `ecsProperties`, which get the variables.
   *
   * @default - those of a ContainerJobDefinition; of any other, the one of its `containerProperties`
   */
  readonly containerNames?: string[];

  /**
   * Makes each run an array of so many jobs; from 2 to 10,000.
   *
   * @default - one job
   */
  readonly arraySize?: number;

  /**
   * Whose share of a fair-share queue the jobs count to; such a queue requires it.
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
   * Tags of the jobs, beside the definition's. They are propagated to the ECS tasks.
   *
   * @default - no others
   */
  readonly tags?: Record<string, string>;

  /**
   * Keeps which times have run. All that belongs to the same queues should have the same; a stack has one function for
   * each ledger.
   *
   * @default - the workflow's; else one for all schedules and triggers of the stack that name none
   */
  readonly ledger?: IJobLedger;
}
