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

export interface QueueConfig {
  readonly arn: string;
  readonly priority: number;
}

/** What the QueueDepthAutoscaler construct hands its handler, as JSON in the environment variable `CONFIG`. */
export interface AutoscalerConfig {
  readonly computeEnvironmentArn: string;
  /** The environment's ECS cluster. */
  readonly clusterArn: string;
  readonly queues: readonly QueueConfig[];
  readonly pools: readonly PoolConfig[];
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
  return parseConfig<AutoscalerConfig>(text, SHAPE);
}

const SHAPE: ConfigShape = {
  computeEnvironmentArn: 'string',
  clusterArn: 'string',
  queues: [{ arn: 'string', priority: 'number' }],
  pools: [
    {
      name: 'string',
      autoScalingGroupName: 'string',
      instanceTypes: ['string'],
      capacity: { vcpus: 'number', memoryMiB: 'number', gpus: 'number' },
      cost: 'number',
      maxInstances: 'number',
      spareInstances: 'number',
      opensForCpuJobs: 'boolean',
    },
  ],
  tableName: 'string',
  scaleInAfterSeconds: 'number',
  drainSeconds: 'number',
  provisionTimeoutSeconds: 'number',
  jobBudget: 'number',
};
