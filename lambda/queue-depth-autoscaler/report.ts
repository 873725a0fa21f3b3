import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { type AutoscalerConfig, METRICS } from '../../lib/autoscaling/config';
import { supplyMetrics } from '../ecs/supply-metrics';
import { type PublishedEvent, publishEvents } from '../events/publish';
import { embeddedMetrics, type MetricSet } from '../runtime/embedded-metrics';
import type { Log } from '../runtime/log';
import type { Decision, Observation, Protection } from './model';

/** Where a run's findings go. */
export interface ReportTo {
  readonly config: AutoscalerConfig;
  readonly log: Log;
  /** Takes one line of the function's log. */
  readonly write: (line: string) => void;
}

/** Whether nothing waits, nothing is there, and nothing is meant to be. */
export function isIdle(
  { pools: configured }: AutoscalerConfig,
  { demand, pools }: Observation,
  { launches }: Decision,
): boolean {
  return (
    demand.length === 0 &&
    launches.length === 0 &&
    pools.every(({ desired, instances }) => desired === 0 && instances.length === 0) &&
    configured.every(({ spareInstances }) => spareInstances === 0)
  );
}

/**
 * Says which jobs get nothing, and why, and how the environment stands.
 * @param reported jobs whose misfit has been told of before
 */
export function report(
  { config, log, write }: ReportTo,
  observation: Observation,
  decision: Decision,
  reported: ReadonlySet<string>,
): void {
  for (const misfit of decision.misfits) {
    if (!reported.has(misfit.jobId)) log.warn('misfit', misfit);
  }
  for (const reason of new Set(decision.unplaced.map((group) => group.reason))) {
    const groups = decision.unplaced.filter((group) => group.reason === reason);
    const { jobId, queueArn, requested } = groups[0]!;
    log.info('unplaced', { reason, jobs: total(groups), jobId, queueArn, requested });
  }
  const computeEnvironment = config.computeEnvironmentArn.slice(config.computeEnvironmentArn.lastIndexOf('/') + 1);
  const metrics: MetricSet[] = [
    {
      dimensions: { ComputeEnvironment: computeEnvironment },
      metrics: {
        [METRICS.runnableJobs]: { value: total(observation.demand), unit: 'Count' },
        [METRICS.misfitJobs]: { value: total(decision.misfits), unit: 'Count' },
        [METRICS.unplacedJobs]: { value: total(decision.unplaced), unit: 'Count' },
      },
    },
    ...observation.pools.map(({ name, instances }): MetricSet => {
      const launches = decision.launches.filter(({ pool }) => pool === name);
      return {
        dimensions: { ComputeEnvironment: computeEnvironment, Pool: name },
        metrics: {
          [METRICS.instances]: { value: instances.length, unit: 'Count' },
          [METRICS.launches]: { value: total(launches), unit: 'Count' },
          [METRICS.terminations]: {
            value: decision.terminations.filter(({ pool }) => pool === name).length,
            unit: 'Count',
          },
        },
      };
    }),
    ...supplyMetrics(
      computeEnvironment,
      observation.pools.flatMap(({ instances }) => instances.flatMap(({ container }) => container ?? [])),
      config.pools.some(({ capacity }) => capacity.gpus > 0),
    ),
  ];
  for (const set of metrics) write(embeddedMetrics(new Date(observation.time), set));
}

function total(groups: readonly { readonly count: number }[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

/** Tells of pools that have stopped launching. */
export async function publishProtections(
  events: EventBridgeClient,
  { config, log }: ReportTo,
  protections: readonly Protection[],
): Promise<void> {
  const published = protections.map((protection): PublishedEvent => {
    const { pool, reason } = protection;
    const until = new Date(protection.until).toISOString();
    log.warn('protected', { pool, until, reason });
    const { computeEnvironmentArn: computeEnvironment } = config;
    const autoScalingGroup = config.pools.find(({ name }) => name === pool)?.autoScalingGroupName;
    return {
      detailType: 'Batch Pool Protected',
      resources: [computeEnvironment],
      detail: { computeEnvironment, pool, autoScalingGroup, until, reason },
    };
  });
  await publishEvents(events, published);
}
