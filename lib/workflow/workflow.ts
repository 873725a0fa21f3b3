import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { IConstruct } from 'constructs';
import type { IJobLedger } from '../ledger/ledger';

/** A workflow, as its jobs and whoever runs it see it. */
export interface IJobWorkflow extends IConstruct {
  /** Its name, with which the ids of its runs begin. */
  readonly workflowName: string;
  /** Where its jobs go that name no queue of their own. */
  readonly queue?: batch.IJobQueue;
  /** Of each run, unless it is started with others. */
  readonly parameters: Record<string, string>;
  /** What each run has to be started with. */
  readonly requiredParameters: string[];
  /** Keeps the runs. */
  readonly ledger: IJobLedger;
  /** Starts runs, brings them forward, cancels them and tells how they are. */
  readonly function: lambda.IFunction;

  /**
   * Takes in a job that has been made.
   *
   * @internal
   */
  _add(job: IConstruct): void;
}
