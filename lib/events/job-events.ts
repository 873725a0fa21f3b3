import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';

/** @see https://docs.aws.amazon.com/batch/latest/userguide/job_states.html */
export enum JobStatus {
  /** Taken in; there is no event for it. */
  SUBMITTED = 'SUBMITTED',
  /** Waits for other jobs, or is the parent of an array that runs. */
  PENDING = 'PENDING',
  /** Waits for room. */
  RUNNABLE = 'RUNNABLE',
  /** Has its place; the image is pulled. */
  STARTING = 'STARTING',
  /** The container runs. */
  RUNNING = 'RUNNING',
  /** The container exited with 0. */
  SUCCEEDED = 'SUCCEEDED',
  /** No attempt is left. */
  FAILED = 'FAILED',
}

/** What tells the events of some jobs from those of others. */
export type JobFilter = { readonly jobDefinition: string[] } | { readonly jobQueue: string[] };

/** A rule for `Batch Job State Change`. @see https://docs.aws.amazon.com/batch/latest/userguide/batch_cwe_events.html */
export function onJobStateChange(
  scope: Construct,
  id: string,
  filter: JobFilter,
  statuses: readonly JobStatus[],
  options: events.OnEventOptions = {},
): events.Rule {
  return batchEvents(scope, id, options, 'Batch Job State Change', {
    ...filter,
    ...(statuses.length > 0 && { status: statuses }),
  });
}

export function batchEvents(
  scope: Construct,
  id: string,
  { target, crossStackScope, ...options }: events.OnEventOptions,
  detailType: string,
  detail: Record<string, unknown>,
): events.Rule {
  const rule = new events.Rule(crossStackScope ?? scope, id, options);
  rule.addEventPattern({ source: ['aws.batch'], detailType: [detailType], detail });
  rule.addTarget(target);
  return rule;
}

/**
 * How many events a rule without target has matched: AWS Batch itself counts by queue only.
 *
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html
 */
export function countOf(rule: events.IRule, options: cloudwatch.MetricOptions | undefined): cloudwatch.Metric {
  return new cloudwatch.Metric({
    namespace: 'AWS/Events',
    metricName: 'TriggeredRules',
    dimensionsMap: { RuleName: rule.ruleName },
    statistic: cloudwatch.Stats.SUM,
    ...options,
  }).attachTo(rule);
}

/** The rule behind a metric, made when it is first asked for. */
export function ruleOnce(scope: Construct, id: string, make: () => events.Rule): events.Rule {
  return (scope.node.tryFindChild(id) as events.Rule | undefined) ?? make();
}
