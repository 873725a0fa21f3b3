import { ArnFormat, Resource } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { aws_batch as references } from 'aws-cdk-lib/interfaces';
import type { Construct } from 'constructs';
import { batchEvents, countOf, JobStatus, ruleOnce } from '../events/job-events';
import type { ConsumableRequirement } from '../jobs/consumable-requirements';

export interface ConsumableLimitProps {
  readonly consumableResourceName?: string;
  readonly resourceType: 'REPLENISHABLE' | 'NON_REPLENISHABLE';
  readonly totalQuantity: number;
}

/**
 * A consumable resource of AWS Batch of which each job takes a part before it starts.
 *
 * @internal
 */
export abstract class ConsumableLimit extends Resource implements references.IConsumableResourceRef {
  /** ARN of the consumable resource. */
  readonly consumableResourceArn: string;
  /** Name of the consumable resource, for whom submits jobs with it by hand. */
  readonly consumableResourceName: string;
  /** The consumable resource. */
  readonly consumableResource: batch.CfnConsumableResource;

  constructor(scope: Construct, id: string, props: ConsumableLimitProps) {
    super(scope, id, { physicalName: props.consumableResourceName });
    this.consumableResource = new batch.CfnConsumableResource(this, 'Resource', {
      consumableResourceName: this.physicalName,
      resourceType: props.resourceType,
      totalQuantity: props.totalQuantity,
    });
    this.consumableResourceArn = this.getResourceArnAttribute(this.consumableResource.ref, {
      service: 'batch',
      resource: 'consumable-resource',
      resourceName: this.physicalName,
    });
    this.consumableResourceName = this.getResourceNameAttribute(
      this.stack.splitArn(this.consumableResource.ref, ArnFormat.SLASH_RESOURCE_NAME).resourceName!,
    );
  }

  get consumableResourceRef(): references.ConsumableResourceReference {
    return { consumableResourceArn: this.consumableResourceArn };
  }

  /**
   * What a job takes, for `consumableResources` of its definition.
   *
   * @param quantity for jobs that count more than once; a whole number from 1 to all there is. One when left out.
   */
  take(quantity?: number): ConsumableRequirement {
    return { resource: this, quantity: quantity ?? 1 };
  }

  /**
   * How many attempts of jobs have started with it, counted by an EventBridge rule of its own; children of
   * arrays where AWS Batch publishes events for them.
   */
  metricStarts(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this._countOf('StartCount', { status: [JobStatus.STARTING] }, options);
  }

  /** How many jobs have come to wait for it or for room to run, counted by an EventBridge rule of its own. */
  metricWaits(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return this._countOf('WaitCount', { status: [JobStatus.RUNNABLE] }, options);
  }

  /**
   * Names a metric in an expression, as no other limit's is named in the same graph.
   *
   * @internal
   */
  protected _metricId(name: string): string {
    return `${name}_${this.node.addr.slice(-8)}`;
  }

  /**
   * Counts the changes of jobs that take of it.
   *
   * @internal
   */
  protected _countOf(
    id: string,
    detail: Record<string, unknown>,
    options: cloudwatch.MetricOptions | undefined,
  ): cloudwatch.Metric {
    const consumableResourceList = { consumableResource: [this.consumableResourceArn] };
    const make = () =>
      batchEvents(this, id, {}, 'Batch Job State Change', {
        ...detail,
        consumableResourceProperties: { consumableResourceList },
      });
    return countOf(ruleOnce(this, id, make), options);
  }
}
