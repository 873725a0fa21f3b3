import { Duration } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { Color } from 'aws-cdk-lib/aws-cloudwatch';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';
import type { Environment } from './environments';
import { scarceFor, scarceResources } from './environments';
import { PER_PERIOD, red, section } from './widgets';
import { CapacityKind } from '../capacity/capacity';
import { JobStatus } from '../events/job-events';
import { jobsMetric, longestWaitMetric, waitMetric } from '../ledger/job-metrics';
import { environmentName, queueName } from '../metrics/foreman-metric';
import type { QueueDepthAutoscaler } from '../autoscaling/queue-depth-autoscaler';
import type { JobRetries } from '../retries/job-retries';
import type { JobTrigger } from '../schedule/job-trigger';
import type { ScheduledJob } from '../schedule/scheduled-job';
import type { CapacityReport } from '../shortage/capacity-report';
import { CapacityResource } from '../shortage/capacity-resource';
import type { JobTimeouts } from '../timeouts/job-timeouts';
import type { JobWorkflow } from '../workflow/job-workflow';

type Row = cloudwatch.IWidget[];

const RESOURCES: readonly { readonly resource: CapacityResource; readonly title: string; readonly unit?: string }[] = [
  { resource: CapacityResource.VCPU, title: 'vCPUs' },
  { resource: CapacityResource.MEMORY, title: 'Memory', unit: 'MiB' },
  { resource: CapacityResource.GPU, title: 'GPUs' },
];

/** Demand, supply and shortage of each resource; whose jobs cannot start, and what would let them; pools. */
export function capacityRows(
  report: CapacityReport,
  queues: readonly batch.IJobQueue[],
  environments: readonly Environment[],
): Row[] {
  const graphs = RESOURCES.map(({ resource, title, unit }) => {
    const scarceIn = queues.filter((queue) => scarceFor(queue).includes(resource));
    return {
      title,
      unit,
      metrics: [
        ...scarceIn.map((queue) => report.metricDemand(queue, resource, { label: `${queueName(queue)}: waited for` })),
        ...environments.flatMap((environment) => supplyOf(report, environment, resource)),
        ...scarceIn.map((queue, index) =>
          report.metricShortBy(queue, resource, { label: `${queueName(queue)}: short by`, color: red(index) }),
        ),
      ],
    };
  });
  const autoscalers = environments.flatMap(({ autoscaler }) => autoscaler ?? []);
  // Pools of several environments may have the same name.
  const poolLabel = ({ computeEnvironment }: QueueDepthAutoscaler, pool: string) =>
    autoscalers.length > 1 ? `${environmentName(report, computeEnvironment)} ${pool}` : pool;
  const ofPools = (metric: 'metricInstances' | 'metricLaunches' | 'metricTerminations', what = '') =>
    autoscalers.flatMap((autoscaler) =>
      autoscaler.poolNames.map((pool) => autoscaler[metric](pool, { label: `${poolLabel(autoscaler, pool)}${what}` })),
    );
  return [
    section('Demand, supply and shortage', ...graphs),
    section(
      'Jobs that cannot start',
      {
        title: 'Jobs that wait, and those among them that cannot start',
        metrics: queues.flatMap((queue, index) => [
          report.metricWaitingJobs(queue, { label: `${queueName(queue)}: wait` }),
          report.metricShortJobs(queue, { label: `${queueName(queue)}: cannot start`, color: red(index) }),
        ]),
      },
      {
        title: 'Instances that would let them start',
        metrics: environments.flatMap(({ computeEnvironment, capacity, autoscaler, isManaged }) => {
          if (autoscaler) {
            return autoscaler.poolNames.map((pool) =>
              report.metricMissingInstances(computeEnvironment, pool, { label: poolLabel(autoscaler, pool) }),
            );
          }
          if (!isManaged || capacity?.kind === CapacityKind.FARGATE) return [];
          const label = environmentName(report, computeEnvironment);
          return [report.metricMissingInstances(computeEnvironment, undefined, { label })];
        }),
      },
    ),
    section(
      'Instances',
      { title: 'Instances by pool', stacked: true, metrics: ofPools('metricInstances') },
      {
        title: 'Launches and terminations',
        unit: PER_PERIOD,
        metrics: [...ofPools('metricLaunches', ': launched'), ...ofPools('metricTerminations', ': terminated')],
      },
    ),
  ];
}

function supplyOf(
  report: CapacityReport,
  { computeEnvironment, capacity, autoscaler, isManaged }: Environment,
  resource: CapacityResource,
): cloudwatch.Metric[] {
  if (!scarceResources({ capacity }).includes(resource)) return [];
  const name = environmentName(report, computeEnvironment);
  const supply = { label: `${name}: there` };
  const inUse = { label: `${name}: in use` };
  if (autoscaler) return [autoscaler.metricSupply(resource, supply), autoscaler.metricInUse(resource, inUse)];
  if (!isManaged) return [];
  return [
    report.metricSupply(computeEnvironment, resource, supply),
    report.metricInUse(computeEnvironment, resource, inUse),
  ];
}

/** One row for each queue. */
export function jobRows(scope: IConstruct, queues: readonly batch.IJobQueue[]): Row[] {
  const { SUBMITTED, PENDING, RUNNABLE, STARTING, RUNNING, SUCCEEDED, FAILED } = JobStatus;
  return queues.map((queue) => {
    const jobs = (status: JobStatus, color?: string) => jobsMetric(scope, queue, status, { label: status, color });
    const wait = (statistic: string, label: string) => waitMetric(scope, queue, { statistic, label });
    return section(
      `Jobs of ${queueName(queue)}`,
      {
        title: 'By state',
        stacked: true,
        metrics: [RUNNING, STARTING, RUNNABLE, PENDING, SUBMITTED].map((status) => jobs(status)),
      },
      { title: 'Ended', unit: PER_PERIOD, metrics: [jobs(SUCCEEDED, Color.GREEN), jobs(FAILED, Color.RED)] },
      {
        title: 'Waits in RUNNABLE',
        unit: 'seconds',
        metrics: [
          wait('p50', 'half had waited at most'),
          wait('p95', '95 in 100 had waited at most'),
          longestWaitMetric(scope, queue, { label: 'the first in line waits' }),
        ],
      },
    );
  });
}

export function retryRow(
  retries: readonly JobRetries[],
  timeouts: readonly JobTimeouts[],
  queues: readonly batch.IJobQueue[],
): Row {
  return section(
    'Retries and timeouts',
    {
      title: 'Submitted again, and failed for good',
      unit: PER_PERIOD,
      metrics: retries.flatMap((one) =>
        one
          ._queuesAmong(queues)
          .flatMap((queue, index) => [
            one.metricRetries(queue, { label: `${queueName(queue)}: submitted again` }),
            one.metricExhausted(queue, { label: `${queueName(queue)}: failed for good`, color: red(index) }),
          ]),
      ),
    },
    {
      title: 'Ended because they took too long',
      unit: PER_PERIOD,
      metrics: timeouts.flatMap((one) =>
        one
          ._queuesAmong(queues)
          .map(({ queue, dryRun }) =>
            dryRun
              ? one.metricPastLimit(queue, { label: `${queueName(queue)}: would have been` })
              : one.metricTimedOut(queue, { label: queueName(queue) }),
          ),
      ),
    },
  );
}

export function runRows(
  schedules: readonly ScheduledJob[],
  triggers: readonly JobTrigger[],
  workflows: readonly JobWorkflow[],
): Row[] {
  return [
    section(
      'Schedules and triggers',
      {
        title: 'How late schedules start',
        unit: 'seconds',
        metrics: schedules.map((one) => one.metricLateness({ label: one.scheduleName })),
      },
      {
        title: 'Runs',
        unit: PER_PERIOD,
        metrics: [
          ...schedules.flatMap((one, index) => [
            one.metricStarted({ label: `${one.scheduleName}: started` }),
            one.metricSkipped({ label: `${one.scheduleName}: skipped` }),
            one.metricFailed({ label: `${one.scheduleName}: could not be started`, color: red(index) }),
          ]),
          ...triggers.flatMap((one, index) => [
            one.metricStarted({ label: `${one.triggerName}: started` }),
            one.metricFailed({
              label: `${one.triggerName}: could not be started`,
              color: red(schedules.length + index),
            }),
          ]),
        ],
      },
    ),
    section('Workflows', {
      title: 'Runs',
      unit: PER_PERIOD,
      metrics: workflows.flatMap((one, index) => [
        one.metricSucceeded({ label: `${one.workflowName}: succeeded` }),
        one.metricFailed({ label: `${one.workflowName}: failed`, color: red(index) }),
      ]),
    }),
  ];
}

/** What functions have failed on. Several schedules share one. */
export function deadLetterRow(sources: readonly (IConstruct & { readonly deadLetterQueue: sqs.IQueue })[]): Row {
  const byQueue = new Map<sqs.IQueue, IConstruct>();
  for (const source of sources) {
    // A queue stands in the construct that it belongs to.
    if (!byQueue.has(source.deadLetterQueue)) byQueue.set(source.deadLetterQueue, source.deadLetterQueue.node.scope!);
  }
  return section('Dead letters', {
    title: 'Messages that a function has failed on',
    metrics: [...byQueue].map(([queue, owner]) =>
      queue.metricApproximateNumberOfMessagesVisible({ label: owner.node.path, period: Duration.minutes(1) }),
    ),
  });
}
