/** `npm run bench:decision`: how long a decision takes, and how that grows with what waits. */
import { performance } from 'node:perf_hooks';
import { decide, EMPTY_STATE } from '../lambda/queue-depth-autoscaler/decide';
import type { DemandGroup, InstanceObservation, Observation } from '../lambda/queue-depth-autoscaler/model';
import type { AutoscalerConfig, PoolConfig } from '../lib/autoscaling/config';
import { percentile } from './simulation/statistics';

const SIZES = [16, 8, 4, 2, 1];
const NOW = 1_800_000_000_000;
const RUNS = 15;

const pools = SIZES.map((size): PoolConfig => ({
  name: `size-${size}`,
  autoScalingGroupName: `size-${size}`,
  instanceTypes: [`type-${size}`],
  capacity: { vcpus: size, memoryMiB: size * 3900, gpus: 0 },
  cost: size,
  maxInstances: 100_000,
  spareInstances: 0,
  opensForCpuJobs: false,
}));

const config: AutoscalerConfig = {
  computeEnvironmentArn: 'environment',
  clusterArn: 'cluster',
  queueArns: ['queue'],
  pools,
  tableName: 'table',
  scaleInAfterSeconds: 60,
  drainSeconds: 60,
  provisionTimeoutSeconds: 600,
  jobBudget: Infinity,
};

/**
 * No two jobs that ask the same are next to each other: each is a group of its own. What they ask of one resource says
 * nothing about the other, so that room is left over in all proportions.
 */
function demand(jobs: number, shapes: number): DemandGroup[] {
  return Array.from({ length: jobs }, (_, index) => {
    const shape = (index * 7919) % shapes;
    const resources = { vcpus: 1 + (shape % 16), memoryMiB: 256 + ((shape * 7717) % 62_000), gpus: 0 };
    return { queueArn: 'queue', jobId: `job-${index}`, count: 1, resources };
  });
}

/** In turn busy, drained while busy, idle, and booting. */
function instance(pool: PoolConfig, index: number): InstanceObservation {
  const { vcpus, memoryMiB } = pool.capacity;
  const busy = index % 4 < 2;
  const remaining = busy ? { vcpus: vcpus >> 1, memoryMiB: memoryMiB >> 1, gpus: 0 } : pool.capacity;
  const container = {
    containerInstanceArn: `${pool.name}-${index}`,
    status: index % 4 === 1 ? ('DRAINING' as const) : ('ACTIVE' as const),
    agentConnected: true,
    registered: pool.capacity,
    remaining,
    jobs: busy ? 1 : 0,
  };
  return {
    instanceId: `i-${pool.name}-${index}`,
    pool: pool.name,
    instanceType: pool.instanceTypes[0]!,
    lifecycle: 'InService',
    launchedAt: NOW - 60_000 - index * 60_000,
    outdated: false,
    ...(index % 4 === 3 ? { launchedAt: NOW - 60_000 } : { container }),
  };
}

function observation(jobs: number, shapes: number, instances: number): Observation {
  return {
    time: NOW,
    demand: demand(jobs, shapes),
    pools: pools.map((pool) => {
      const own = Array.from({ length: instances / pools.length }, (_, index) => instance(pool, index));
      return { name: pool.name, desired: own.length, max: pool.maxInstances, instances: own };
    }),
    demandComplete: true,
    supplyComplete: true,
  };
}

function measure(jobs: number, shapes: number, instances: number): void {
  const seen = observation(jobs, shapes, instances);
  const drains = seen.pools.flatMap((pool) =>
    pool.instances.map(({ instanceId }) => [instanceId, NOW - 90_000] as const),
  );
  const state = { ...EMPTY_STATE, drains: Object.fromEntries(drains) };
  const times: number[] = [];
  let grown = 0;
  for (let run = 0; run < RUNS; run++) {
    const heap = process.memoryUsage().heapUsed;
    const begun = performance.now();
    decide(config, seen, state);
    times.push(performance.now() - begun);
    grown = Math.max(grown, process.memoryUsage().heapUsed - heap);
  }
  const median = percentile(Float64Array.from(times).sort(), 0.5);
  const perStep = (median * 1e6) / (jobs * Math.log2(jobs));
  console.log(
    [
      `${jobs} jobs of ${shapes} shapes on ${instances} instances in ${pools.length} pools:`,
      `first ${times[0]!.toFixed(0)} ms, median ${median.toFixed(1)} ms,`,
      `${perStep.toFixed(1)} ns per n log n, up to ${(grown / 2 ** 20).toFixed(0)} MiB of heap`,
    ].join(' '),
  );
}

// The first line also pays for compiling the code, as the first tick of a new execution environment does.
measure(100_000, 1000, 1000);
console.log(`peak memory of the whole process: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
for (const jobs of [1000, 10_000, 100_000]) measure(jobs, 1000, 1000);
for (const jobs of [1000, 10_000, 100_000]) measure(jobs, jobs, jobs / 100);
