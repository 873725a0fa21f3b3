import type { Duration } from 'aws-cdk-lib';
import { Fn, Resource, Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type { aws_batch as references } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { countOf, JobStatus, onJobStateChange, ruleOnce } from '../events/job-events';

/** A job definition, made here or imported, in all of its revisions. */
export interface IContainerJobDefinition extends batch.IJobDefinition {
  /**
   * Lets somebody submit such jobs, of whichever revision, to one queue.
   *
   * @param grantee who submits
   * @param queue where to
   */
  grantSubmit(grantee: iam.IGrantable, queue: batch.IJobQueue): iam.Grant;

  /**
   * A rule for the changes of such jobs, of any revision.
   *
   * @param id of the rule
   * @param statuses what they change to; empty for each change. There is no event for SUBMITTED.
   * @param options target and names
   */
  onStateChange(id: string, statuses: JobStatus[], options?: events.OnEventOptions): events.Rule;

  /** A rule for such jobs that succeed. */
  onSuccess(id: string, options?: events.OnEventOptions): events.Rule;

  /** A rule for such jobs that fail for good. */
  onFailure(id: string, options?: events.OnEventOptions): events.Rule;

  /** How many such jobs have succeeded, counted by an EventBridge rule of its own. */
  metricSuccess(options?: cloudwatch.MetricOptions): cloudwatch.Metric;

  /** How many such jobs have failed for good, counted by an EventBridge rule of its own. */
  metricFailure(options?: cloudwatch.MetricOptions): cloudwatch.Metric;
}

/**
 * What holds of definitions made here and of imported ones.
 *
 * @internal
 */
export abstract class JobDefinitionBase extends Resource implements IContainerJobDefinition {
  abstract readonly jobDefinitionArn: string;
  abstract readonly jobDefinitionName: string;
  abstract readonly retryStrategies: batch.RetryStrategy[];
  readonly parameters?: { [key: string]: any }; // eslint-disable-line @typescript-eslint/no-explicit-any -- as in aws-cdk-lib
  readonly retryAttempts?: number;
  readonly schedulingPriority?: number;
  readonly timeout?: Duration;

  abstract addRetryStrategy(strategy: batch.RetryStrategy): void;

  get jobDefinitionRef(): references.JobDefinitionReference {
    return { jobDefinitionArn: this.jobDefinitionArn };
  }

  grantSubmit(grantee: iam.IGrantable, queue: batch.IJobQueue): iam.Grant {
    return iam.Grant.addToPrincipal({
      grantee,
      actions: ['batch:SubmitJob'],
      // A job that is submitted by the definition's name is authorized on that, one of a revision on the revision.
      resourceArns: [queue.jobQueueArn, this.familyArn, `${this.familyArn}:*`, ...this._consumableResourceArns()],
    });
  }

  onStateChange(id: string, statuses: JobStatus[], options?: events.OnEventOptions): events.Rule {
    const jobDefinition = events.Match.prefix(`${this.familyArn}:`);
    return onJobStateChange(this, id, { jobDefinition }, statuses, options);
  }

  onSuccess(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onStateChange(id, [JobStatus.SUCCEEDED], options);
  }

  onFailure(id: string, options?: events.OnEventOptions): events.Rule {
    return this.onStateChange(id, [JobStatus.FAILED], options);
  }

  metricSuccess(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countOf(
      ruleOnce(this, 'SuccessCount', () => this.onSuccess('SuccessCount')),
      options,
    );
  }

  metricFailure(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countOf(
      ruleOnce(this, 'FailureCount', () => this.onFailure('FailureCount')),
      options,
    );
  }

  /** The definition's ARN without a revision. */
  private get familyArn(): string {
    return this.stack.formatArn({
      service: 'batch',
      account: this.env.account,
      region: this.env.region,
      resource: 'job-definition',
      resourceName: this.jobDefinitionName,
    });
  }

  /** @internal */
  protected _consumableResourceArns(): string[] {
    return [];
  }
}

/** A definition that is there already: of its own retries, parameters and size nothing is known. */
export class ImportedJobDefinition extends JobDefinitionBase {
  readonly retryStrategies: batch.RetryStrategy[] = [];

  constructor(
    scope: Construct,
    id: string,
    readonly jobDefinitionArn: string,
    readonly jobDefinitionName: string,
  ) {
    super(scope, id, { environmentFromArn: jobDefinitionArn });
  }

  addRetryStrategy(): void {
    // Of what is there already nothing can be changed.
  }
}

/** The name in `…:job-definition/name:revision`, with or without a revision. */
export function nameInArn(arn: string): string {
  if (!Token.isUnresolved(arn)) return arn.split('/')[1]!.split(':')[0]!;
  return Fn.select(0, Fn.split(':', Fn.select(1, Fn.split('/', arn))));
}
