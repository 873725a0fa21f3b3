import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Token } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { Resources } from './config';
import type { Architecture, InstanceShape } from './instance-shape';
import { architectureOf, describeShape, knownInstanceType, resourcesOf } from './instance-shape';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

/** What the autoscaler has to know of instances of one shape that are launched by one Auto Scaling group. */
export interface PoolProps {
  /**
   * Names the pool in metrics and reasons; letters, digits, `.`, `_` and `-`, unique in its environment. A pool with
   * another name is another pool: its instances are replaced.
   *
   * @default - the first instance type
   */
  readonly name?: string;

  /** One or several types with the same vCPUs, memory, GPUs and architecture: what is planned must fit whichever comes. */
  readonly instanceTypes: ec2.InstanceType[];

  /**
   * What each instance is sold with.
   *
   * @default - looked up by the instance types; required for a type that the library does not list
   */
  readonly shape?: InstanceShape;

  /** How many instances there may be at once; at least 1. */
  readonly maxInstances: number;

  /**
   * Price of one instance relative to the environment's other pools, in any unit; above 0. The cheapest pool that holds
   * what waits is opened. Give it for all pools of an environment or for none.
   *
   * @default - the number of vCPUs; required where pools with and without GPUs mix
   */
  readonly cost?: number;

  /**
   * Instances to hold ready beyond what jobs need.
   *
   * @default 0
   */
  readonly spareInstances?: number;

  /**
   * Whether jobs that ask for no GPU may open an instance that has GPUs. They may always use the room beside GPU jobs.
   *
   * @default false
   */
  readonly opensForCpuJobs?: boolean;
}

/** A pool with every default filled in. */
export interface ResolvedPool {
  readonly name: string;
  readonly shape: Resources;
  readonly architecture: Architecture;
  readonly cost: number;
}

const NAME = /^[\w.-]{1,64}$/;

/**
 * Fills in names, shapes and costs.
 *
 * @throws ValidationError naming `pools[i]` and the property
 */
export function resolvePools(scope: IConstruct, pools: readonly PoolProps[]): ResolvedPool[] {
  if (pools.length === 0) {
    throw new ValidationError(scope, { property: 'pools', value: 'empty', allowed: 'a list of at least one pool' });
  }
  const shapes = pools.map((pool, index) => resolveShape(scope, `pools[${index}]`, pool));
  const costs = resolveCosts(
    scope,
    pools,
    shapes.map(({ shape }) => shape),
  );
  const names = resolveNames(scope, pools);
  pools.forEach((pool, index) => {
    checkWholeNumber(scope, `pools[${index}].maxInstances`, pool.maxInstances, { min: 1 });
    checkWholeNumber(scope, `pools[${index}].spareInstances`, pool.spareInstances, { min: 0, max: pool.maxInstances });
  });
  return shapes.map(({ shape, architecture }, index) => ({
    name: names[index],
    shape,
    architecture,
    cost: costs[index],
  }));
}

function resolveNames(scope: IConstruct, pools: readonly PoolProps[]): string[] {
  const names = pools.map((pool) => pool.name ?? pool.instanceTypes[0].toString());
  names.forEach((name, index) => {
    const value = JSON.stringify(name);
    const property = `pools[${index}].name`;
    if (!NAME.test(name)) {
      const allowed = '1 to 64 letters, digits, ".", "_" and "-"';
      throw new ValidationError(scope, { property, value, allowed });
    }
    if (names.indexOf(name) !== index) {
      const advice = 'Pools are named after their first instance type; name one of the two yourself.';
      throw new ValidationError(scope, { property, value, allowed: 'unique in its environment', advice });
    }
  });
  return names;
}

function resolveShape(
  scope: IConstruct,
  pool: string,
  { instanceTypes, shape }: PoolProps,
): { shape: Resources; architecture: Architecture } {
  const property = `${pool}.instanceTypes`;
  if (instanceTypes.length === 0) {
    throw new ValidationError(scope, { property, value: 'empty', allowed: 'a list of at least one instance type' });
  }
  const [first, ...others] = instanceTypes.map((type) => ({
    name: type.toString(),
    shape: shape ? resourcesOf(shape) : knownShape(scope, pool, type),
    architecture: Token.isUnresolved(type.toString()) ? ('x86_64' as const) : architectureOf(type),
  }));
  for (const other of others) {
    const value = `${first.name} (${describeShape(first)}) and ${other.name} (${describeShape(other)})`;
    if (describeShape(first) !== describeShape(other)) {
      const advice = 'Put each shape into a pool of its own.';
      throw new ValidationError(scope, { property, value, allowed: 'types of one shape', advice });
    }
  }
  checkShape(scope, pool, first.shape);
  return first;
}

function knownShape(scope: IConstruct, pool: string, instanceType: ec2.InstanceType): Resources {
  const known = knownInstanceType(instanceType);
  if (known) return known.shape;
  throw new ValidationError(scope, {
    property: `${pool}.shape`,
    value: undefined,
    allowed: `given for ${instanceType.toString()}, which is not among the instance types listed by the library`,
    advice: 'Give its vCPUs, memory and GPUs.',
  });
}

function checkShape(scope: IConstruct, pool: string, shape: Resources): void {
  checkWholeNumber(scope, `${pool}.shape.vcpus`, shape.vcpus, { min: 1 });
  checkWholeNumber(scope, `${pool}.shape.memory`, shape.memoryMiB, { min: 1 });
  checkWholeNumber(scope, `${pool}.shape.gpus`, shape.gpus, { min: 0 });
}

function resolveCosts(scope: IConstruct, pools: readonly PoolProps[], shapes: readonly Resources[]): number[] {
  const gpuPools = shapes.filter(({ gpus }) => gpus > 0).length;
  const mixed = gpuPools > 0 && gpuPools < pools.length;
  const given = pools.some(({ cost }) => cost !== undefined);
  return pools.map(({ cost }, index) => {
    const property = `pools[${index}].cost`;
    if (cost === undefined && (mixed || given)) {
      throw new ValidationError(scope, {
        property,
        value: undefined,
        allowed: mixed
          ? 'given for each pool of an environment that mixes pools with and without GPUs'
          : 'given for all pools of an environment or for none',
        advice: 'The price of an hour of one instance will do.',
      });
    }
    if (cost !== undefined && !Token.isUnresolved(cost) && !(cost > 0 && Number.isFinite(cost))) {
      throw new ValidationError(scope, { property, value: cost, allowed: 'a number above 0' });
    }
    return cost ?? shapes[index].vcpus;
  });
}
