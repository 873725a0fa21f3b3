import { SUPPLY_METRICS } from '../../lib/capacity/config';
import { METRICS, SHORTAGE_EVENT } from '../../lib/shortage/config';
import type { PublishedEvent } from '../events/publish';
import { measuredResources, RESOURCE_NAMES, supplyMetrics } from '../ecs/supply-metrics';
import { embeddedMetrics, type MetricSet } from '../runtime/embedded-metrics';
import type { EnvironmentObservation, Observation, Shortage } from './model';
import type { Announcement } from './shortage-log';
import { nextStep, reasonInWords } from './words';

export function eventOf({ id, state, since, endedAt, shortage }: Announcement): PublishedEvent {
  const { queueArn, environmentArn, kind, jobs, jobId, lacks, instances, reasons } = shortage;
  return {
    detailType: SHORTAGE_EVENT,
    resources: environmentArn === undefined ? [queueArn] : [queueArn, environmentArn],
    detail: {
      id,
      state,
      since: new Date(since).toISOString(),
      ...(endedAt !== undefined && { endedAt: new Date(endedAt).toISOString() }),
      jobQueue: queueArn,
      computeEnvironment: environmentArn,
      kind,
      jobs,
      jobId,
      resources: lacks,
      instances,
      reasons: reasons.map((reason) => ({ ...reason, text: reasonInWords(reason) })),
      nextStep: nextStep(shortage),
    },
  };
}

/**
 * The look as log lines from which CloudWatch makes metrics.
 *
 * @param shortages that last
 * @param ended whose metrics go back to zero
 */
export function metricLines(
  observation: Observation,
  shortages: readonly Shortage[],
  ended: readonly Shortage[],
  now: number,
): string[] {
  const sums = new Sums();
  for (const shortage of ended) sums.add(shortage, observation, 0);
  for (const shortage of shortages) sums.add(shortage, observation, 1);
  addDemand(sums, observation);
  const sets = [...sums.all(), ...observation.environments.flatMap(managedSupply)];
  return sets.map((set) => embeddedMetrics(new Date(now), set));
}

/** Of each queue, of those too in which nothing waits: a line on a graph comes down to zero. */
function addDemand(sums: Sums, { queues, environments, waiting }: Observation): void {
  for (const { arn, environmentArns } of queues) {
    const groups = waiting.filter(({ queueArn }) => queueArn === arn);
    const gpus = environments.some((one) => environmentArns.includes(one.arn) && hasGpus(one));
    const JobQueue = nameOf(arn);
    sums.of({ JobQueue }).add(METRICS.waitingJobs, 0);
    for (const { count } of groups) sums.of({ JobQueue }).add(METRICS.waitingJobs, count);
    for (const resource of measuredResources(gpus || groups.some(({ resources }) => resources.gpus > 0))) {
      const set = sums.of({ JobQueue, Resource: RESOURCE_NAMES[resource] });
      set.add(METRICS.demand, 0);
      for (const { resources, count } of groups) set.add(METRICS.demand, resources[resource] * count);
    }
  }
}

/** Of instances of pools the autoscaler tells, also while nothing waits. */
function managedSupply(environment: EnvironmentObservation): MetricSet[] {
  const { name, kind, instances, maxVcpus = 0, vcpusInUse } = environment;
  if (kind === 'unmanaged') return [];
  if (kind === 'managed') return supplyMetrics(name, instances, hasGpus(environment));
  return [
    {
      dimensions: { ComputeEnvironment: name, Resource: RESOURCE_NAMES.vcpus },
      metrics: {
        [SUPPLY_METRICS.supply]: { value: maxVcpus, unit: 'None' },
        [SUPPLY_METRICS.inUse]: { value: vcpusInUse, unit: 'None' },
      },
    },
  ];
}

function hasGpus({ types, pools, instances }: EnvironmentObservation): boolean {
  const known = [...types, ...pools.flatMap((pool) => pool.types)];
  return known.some(({ listed }) => listed.gpus > 0) || instances.some(({ registered }) => registered.gpus > 0);
}

/** Metrics by their dimensions, of which several shortages may have the same. */
class Sums {
  private readonly sets = new Map<string, { dimensions: MetricSet['dimensions']; values: Map<string, number> }>();

  add({ queueArn, jobs, lacks, instances }: Shortage, { environments }: Observation, factor: 0 | 1): void {
    const JobQueue = nameOf(queueArn);
    this.of({ JobQueue }).add(METRICS.shortJobs, jobs * factor);
    for (const { resource, requested, available, shortBy } of lacks) {
      const set = this.of({ JobQueue, Resource: resource });
      set.add(METRICS.requested, requested * factor);
      set.add(METRICS.available, available * factor);
      set.add(METRICS.shortBy, shortBy * factor);
    }
    for (const { environment, pool, count } of instances) {
      // Of a managed environment there is no pool, but a type.
      const unmanaged = environments.find(({ name }) => name === environment)?.kind === 'unmanaged';
      const dimensions: MetricSet['dimensions'] = { ComputeEnvironment: environment, ...(unmanaged && { Pool: pool }) };
      this.of(dimensions).add(METRICS.missingInstances, count * factor);
    }
  }

  of(dimensions: MetricSet['dimensions']): { add(metric: string, value: number): void } {
    const key = JSON.stringify(dimensions);
    const set = this.sets.get(key) ?? { dimensions, values: new Map<string, number>() };
    this.sets.set(key, set);
    return { add: (metric, value) => void set.values.set(metric, (set.values.get(metric) ?? 0) + value) };
  }

  all(): MetricSet[] {
    return [...this.sets.values()].map(({ dimensions, values }) => ({
      dimensions,
      metrics: Object.fromEntries([...values].map(([name, value]) => [name, { value, unit: 'None' as const }])),
    }));
  }
}

export function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
