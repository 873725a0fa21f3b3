import type { Resources } from '../capacity/config';

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
  if (!text) throw new Error('The environment variable CONFIG is missing');
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new Error(`CONFIG is not JSON: ${(error as Error).message}`, { cause: error });
  }
  check(config, SHAPE, 'CONFIG');
  return config as AutoscalerConfig;
}

/** What each member has to be: its `typeof`, a list of things of one shape, or an object. */
type Shape = 'string' | 'number' | 'boolean' | readonly [Shape] | { readonly [member: string]: Shape };

const SHAPE: Shape = {
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

function check(value: unknown, shape: Shape, path: string): void {
  if (typeof shape === 'string') {
    if (typeof value !== shape || value === '') throw new Error(`${path} is ${JSON.stringify(value)}, not a ${shape}`);
  } else if (isList(shape)) {
    if (!Array.isArray(value)) throw new Error(`${path} is ${JSON.stringify(value)}, not a list`);
    value.forEach((item, index) => check(item, shape[0], `${path}[${index}]`));
  } else {
    if (typeof value !== 'object' || value === null)
      throw new Error(`${path} is ${JSON.stringify(value)}, not an object`);
    for (const [member, inner] of Object.entries(shape)) {
      check((value as Record<string, unknown>)[member], inner, `${path}.${member}`);
    }
  }
}

function isList(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}
