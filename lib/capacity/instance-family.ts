import { Token } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import type { Resources } from './config';
import type { InstancePoolProps } from './instance-pool';
import type { KnownInstanceType } from './instance-shape';
import { describeShape, knownSizes } from './instance-shape';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

/** Instance families whose sizes become pools. */
export interface InstanceFamilyProps {
  /**
   * One or several families that are alike: the same vCPUs, memory, GPUs and architecture size by size, as `M5` and
   * `M6I`. EC2 launches of whichever it has.
   */
  readonly instanceClasses: ec2.InstanceClass[];

  /**
   * The largest size to launch. The largest job must fit in.
   *
   * @default - the largest of at most 64 vCPUs; of families with GPUs the largest that there is
   */
  readonly largestSize?: ec2.InstanceSize;

  /**
   * How many sizes to launch, each about half of the one before; of families with GPUs so many for each number of GPUs;
   * from 1 to 10. What is left over gets the cheapest instance that holds it, so small sizes save most where jobs are small.
   *
   * @default 5
   */
  readonly sizes?: number;

  /**
   * Whether to launch Spot instances. List a family twice, once with and once without, to fall back on On-Demand
   * instances while there is no Spot capacity.
   *
   * @default false
   */
  readonly spot?: boolean;

  /**
   * Price of an hour of the largest size in dollars, or in any unit that the whole environment shares; above 0. The other
   * sizes are reckoned in proportion.
   *
   * @default - estimated from vCPUs, memory and GPUs, and 40 % of that for Spot
   */
  readonly cost?: number;

  /**
   * The image of the instances, as of a pool.
   *
   * @default - the newest ECS-optimized Amazon Linux 2023, for GPUs where the families have some
   */
  readonly machineImage?: ec2.IMachineImage;

  /**
   * Whether jobs that ask for no GPU may open an instance that has GPUs.
   *
   * @default false
   */
  readonly opensForCpuJobs?: boolean;
}

const DEFAULT_SIZES = 5;
const DEFAULT_LARGEST_VCPUS = 64;

/**
 * On-Demand dollars an hour of Linux in us-east-1, fitted to the price list: within an eighth for the families c, m and r of
 * the 5th to 7th generation, and for g5 and g6. Only what sizes cost relative to one another matters.
 */
const PRICE = { vcpu: 0.035, gibibyte: 0.0035, gpu: 0.7 };
const SPOT_DISCOUNT = 0.6;

function estimatedPrice({ vcpus, memoryMiB, gpus }: Resources, spot: boolean): number {
  const onDemand = PRICE.vcpu * vcpus + (PRICE.gibibyte * memoryMiB) / 1024 + PRICE.gpu * gpus;
  return spot ? onDemand * (1 - SPOT_DISCOUNT) : onDemand;
}

/**
 * A pool for each size to be launched, the largest first.
 *
 * @throws ValidationError naming `families[i]` and the property
 */
export function poolsOfFamilies(
  scope: IConstruct,
  families: readonly InstanceFamilyProps[],
  maxvCpus: number | undefined,
): InstancePoolProps[] {
  if (families.length > 0 && maxvCpus === undefined) {
    const allowed = 'given where families are';
    throw new ValidationError(scope, { property: 'maxvCpus', value: undefined, allowed });
  }
  families.forEach((family, index) => checkUnique(scope, families, family, index));
  return families.flatMap((family, index) => poolsOf(scope, `families[${index}]`, family, maxvCpus!));
}

function checkUnique(
  scope: IConstruct,
  families: readonly InstanceFamilyProps[],
  { instanceClasses: [first], spot }: InstanceFamilyProps,
  index: number,
): void {
  const same = families.findIndex((one) => one.instanceClasses[0] === first && (one.spot ?? false) === (spot ?? false));
  if (same === index || first === undefined) return;
  throw new ValidationError(scope, {
    property: `families[${index}].instanceClasses`,
    value: `${first} like families[${same}]`,
    allowed: 'led by another family, for its pools are named after the first',
  });
}

function poolsOf(scope: IConstruct, path: string, family: InstanceFamilyProps, maxvCpus: number): InstancePoolProps[] {
  const { spot = false, machineImage, opensForCpuJobs } = family;
  const names = family.instanceClasses.map(familyName);
  const sizes = chosenSizes(scope, path, family, names, maxvCpus);
  const scale = family.cost === undefined ? 1 : family.cost / estimatedPrice(sizes[0].shape, spot);
  return sizes.map(({ size, shape }) => ({
    name: `${names[0]}.${size}${spot ? '-spot' : ''}`,
    instanceTypes: names.map((name) => new ec2.InstanceType(`${name}.${size}`)),
    // The limit on the whole environment holds for each pool, too.
    maxInstances: Token.isUnresolved(maxvCpus) ? maxvCpus : Math.floor(maxvCpus / shape.vcpus),
    cost: Number((estimatedPrice(shape, spot) * scale).toPrecision(4)),
    spot,
    machineImage,
    opensForCpuJobs,
  }));
}

function chosenSizes(
  scope: IConstruct,
  path: string,
  { largestSize, sizes, cost }: InstanceFamilyProps,
  names: readonly string[],
  maxvCpus: number,
): KnownInstanceType[] {
  checkWholeNumber(scope, `${path}.sizes`, sizes, { min: 1, max: 10 });
  if (cost !== undefined && !(cost > 0 && Number.isFinite(cost))) {
    const value = Token.isUnresolved(cost) ? 'known at deployment only' : cost;
    throw new ValidationError(scope, { property: `${path}.cost`, value, allowed: 'a number above 0' });
  }
  const common = commonSizes(scope, `${path}.instanceClasses`, names);
  const largest = largestOf(scope, `${path}.largestSize`, common, largestSize);
  const affordable = common.filter(
    ({ shape }) => shape.vcpus <= largest && (Token.isUnresolved(maxvCpus) || shape.vcpus <= maxvCpus),
  );
  if (affordable.length === 0) {
    const least = Math.min(...common.map(({ shape }) => shape.vcpus));
    const allowed = `at least ${least}, the vCPUs of the smallest ${names[0]}`;
    throw new ValidationError(scope, { property: 'maxvCpus', value: maxvCpus, allowed });
  }
  const gpuCounts = [...new Set(affordable.map(({ shape }) => shape.gpus))].sort((a, b) => b - a);
  return gpuCounts.flatMap((gpus) =>
    halves(
      affordable.filter(({ shape }) => shape.gpus === gpus),
      sizes ?? DEFAULT_SIZES,
    ),
  );
}

/** The largest size, the largest of at most half of it, and so on. */
function halves(sizes: readonly KnownInstanceType[], count: number): KnownInstanceType[] {
  const descending = [...sizes].sort((a, b) => b.shape.vcpus - a.shape.vcpus || b.shape.memoryMiB - a.shape.memoryMiB);
  const chosen: KnownInstanceType[] = [];
  for (const size of descending) {
    const last = chosen.at(-1);
    if (chosen.length < count && (last === undefined || size.shape.vcpus * 2 <= last.shape.vcpus)) chosen.push(size);
  }
  return chosen;
}

/** @returns the vCPUs of the largest size to launch */
function largestOf(
  scope: IConstruct,
  property: string,
  common: readonly KnownInstanceType[],
  largestSize: ec2.InstanceSize | undefined,
): number {
  if (largestSize === undefined) {
    return common.some(({ shape }) => shape.gpus > 0) ? Infinity : DEFAULT_LARGEST_VCPUS;
  }
  const largest = common.find(({ size }) => size === largestSize.valueOf());
  if (largest) return largest.shape.vcpus;
  const allowed = `one of ${common.map(({ size }) => size).join(', ')}`;
  throw new ValidationError(scope, { property, value: largestSize, allowed });
}

/** Sizes that all the families have, each with its shape. */
function commonSizes(scope: IConstruct, property: string, names: readonly string[]): KnownInstanceType[] {
  if (names.length === 0) {
    throw new ValidationError(scope, { property, value: 'empty', allowed: 'a list of at least one family' });
  }
  const [first, ...others] = names.map((name) => knownSizes(name).filter(({ size }) => !size.startsWith('metal')));
  const common = first.filter(({ size }) => others.every((sizes) => sizes.some((other) => other.size === size)));
  if (common.length === 0) {
    const advice = 'Give pools with instance types and their shape instead.';
    const allowed = 'families that are listed by the library and have sizes in common';
    throw new ValidationError(scope, { property, value: names.join(', '), allowed, advice });
  }
  for (const one of common) {
    for (const other of others.map((sizes) => sizes.find(({ size }) => size === one.size)!)) {
      if (describeShape(other) === describeShape(one)) continue;
      const value = `${one.name} (${describeShape(one)}) and ${other.name} (${describeShape(other)})`;
      const advice = 'Put each into an entry of its own.';
      throw new ValidationError(scope, { property, value, allowed: 'families of one shape, size by size', advice });
    }
  }
  return common;
}

/** `m5` for both `M5` and `STANDARD5`. */
export function familyName(instanceClass: ec2.InstanceClass): string {
  const name = ec2.InstanceType.of(instanceClass, ec2.InstanceSize.LARGE).toString();
  return name.slice(0, name.indexOf('.'));
}
