import type { Resources } from '../capacity/config';
import { type ConfigShape, parseConfig } from '../handler/config';

/** One Auto Scaling group of instances of one shape, as the autoscaler's handler knows it. */
export interface PoolConfig {
  readonly name: string;
  readonly autoScalingGroupName: string;
  readonly instanceTypes: readonly string[];
  /** What one instance offers to jobs; used until an instance of the type has been seen registered. */
  readonly capacity: Resources;
  /** Relative price of one instance, in any unit that all pools of the environment share. */
  readonly cost: number;
  readonly maxInstances: number;
  /** Instances to hold ready beyond what the jobs need. */
  readonly spareInstances: number;
  /** Whether jobs without GPUs may open an instance of a pool that has GPUs. */
  readonly opensForCpuJobs: boolean;
}

/** What the QueueDepthAutoscaler construct hands its handler, in the environment variable `CONFIG`. */
export interface AutoscalerConfig {
  readonly computeEnvironmentArn: string;
  /** The environment's ECS cluster. */
  readonly clusterArn: string;
  /** The queues that list the environment. Their priorities are read from Batch: imported queues do not tell them. */
  readonly queueArns: readonly string[];
  readonly pools: readonly PoolConfig[];
  /** The most vCPUs that the instances of all pools may have together; no limit but the pools' own when absent. */
  readonly maxvCpus?: number;
  /** The table that holds one item per environment, keyed by `computeEnvironment`. */
  readonly tableName: string;
  /** How long an instance is idle before it is drained. */
  readonly scaleInAfterSeconds: number;
  /** How long a drained instance is left before it is looked at again and terminated; at least 60. */
  readonly drainSeconds: number;
  /** How long a launched instance may take to register before it is replaced. */
  readonly provisionTimeoutSeconds: number;
  /** How many RUNNABLE jobs one tick reads at most. */
  readonly jobBudget: number;
}

/** A pool as `CONFIG` carries it: short, for all the variables of a function share 4 KB. */
interface PoolEntry {
  /** The first instance type when absent. */
  readonly name?: string;
  readonly group: string;
  readonly types: readonly string[];
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly gpus?: number;
  readonly cost: number;
  readonly max: number;
  readonly spare?: number;
  readonly opensForCpuJobs?: boolean;
}

/** What is to be written into `CONFIG` as JSON. */
export function autoscalerConfigEntries(config: AutoscalerConfig): object {
  return { ...config, pools: config.pools.map(entryOf) };
}

function entryOf({ name, autoScalingGroupName, instanceTypes, capacity, ...pool }: PoolConfig): PoolEntry {
  return {
    name: name === instanceTypes[0] ? undefined : name,
    group: autoScalingGroupName,
    types: instanceTypes,
    vcpus: capacity.vcpus,
    memoryMiB: capacity.memoryMiB,
    gpus: capacity.gpus || undefined,
    cost: pool.cost,
    max: pool.maxInstances,
    spare: pool.spareInstances || undefined,
    opensForCpuJobs: pool.opensForCpuJobs || undefined,
  };
}

function poolOf(entry: PoolEntry): PoolConfig {
  const { group, types, vcpus, memoryMiB, gpus = 0, cost, max, spare = 0, opensForCpuJobs = false } = entry;
  return {
    name: entry.name ?? types[0]!,
    autoScalingGroupName: group,
    instanceTypes: types,
    capacity: { vcpus, memoryMiB, gpus },
    cost,
    maxInstances: max,
    spareInstances: spare,
    opensForCpuJobs,
  };
}

/** The metrics: of the environment's jobs, and of each pool. */
export const METRICS = {
  runnableJobs: 'RunnableJobs',
  misfitJobs: 'MisfitJobs',
  unplacedJobs: 'UnplacedJobs',
  instances: 'Instances',
  launches: 'Launches',
  terminations: 'Terminations',
} as const;

/** What wakes the handler: the whole input of the minute tick, and the body of each message in its queue. */
export interface Trigger {
  /** When EventBridge took up the cause, in ISO 8601: a run that has looked at the world since need not look again. */
  readonly time: string;
}

/**
 * Reads the variable `CONFIG`.
 *
 * @throws Error that names the member that is missing or of the wrong kind
 */
export function parseAutoscalerConfig(text: string | undefined): AutoscalerConfig {
  const { pools, ...rest } = parseConfig<Omit<AutoscalerConfig, 'pools'> & { readonly pools: readonly PoolEntry[] }>(
    text,
    SHAPE,
  );
  return { ...rest, pools: pools.map(poolOf) };
}

const SHAPE: ConfigShape = {
  computeEnvironmentArn: 'string',
  clusterArn: 'string',
  queueArns: ['string'],
  pools: [
    {
      'name?': 'string',
      group: 'string',
      types: ['string'],
      vcpus: 'number',
      memoryMiB: 'number',
      'gpus?': 'number',
      cost: 'number',
      max: 'number',
      'spare?': 'number',
      'opensForCpuJobs?': 'boolean',
    },
  ],
  'maxvCpus?': 'number',
  tableName: 'string',
  scaleInAfterSeconds: 'number',
  drainSeconds: 'number',
  provisionTimeoutSeconds: 'number',
  jobBudget: 'number',
};
