import { Token } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { IConstruct } from 'constructs';
import type { Resources } from './config';
import { familyName } from './instance-family';
import type { Architecture } from './instance-shape';
import { architectureOf, knownInstanceType, knownSizes } from './instance-shape';
import type { ManagedCapacityOptions } from './managed-options';
import { ValidationError } from '../validation/validation-error';

/** What AWS Batch may choose from, and what follows from that. */
export interface ManagedInstanceTypes {
  /** Types, families, or a bundle of families, in the order of preference. */
  readonly names: readonly string[];
  readonly architecture: Architecture;
  /** Nothing when those of a type are not known: then those of the environment are not. */
  readonly resources?: readonly Resources[];
  readonly gpus: boolean;
  readonly imageType: batch.EcsMachineImageType;
}

/** https://docs.aws.amazon.com/batch/latest/userguide/instance-type-compute-table.html */
const BUNDLES: Readonly<Record<Architecture, { readonly name: string; readonly families: readonly string[] }>> = {
  x86_64: { name: 'default_x86_64', families: ['m6i', 'c6i', 'r6i', 'c7i'] },
  arm64: { name: 'default_arm64', families: ['m6g', 'c6g', 'r6g', 'c7g'] },
};

type Asked = Pick<
  ManagedCapacityOptions,
  'instanceTypes' | 'instanceClasses' | 'architecture' | 'machineImage' | 'imageType'
>;

/** @throws ValidationError for types that cannot be in one environment, or have no such image */
export function managedInstanceTypes(scope: IConstruct, asked: Asked): ManagedInstanceTypes {
  const types = [...(asked.instanceTypes ?? []).map(ofType), ...(asked.instanceClasses ?? []).map(ofClass)];
  const given = asked.instanceTypes !== undefined || asked.instanceClasses !== undefined;
  if (given && types.length === 0) {
    const allowed = 'a list of at least one, or left out for the default families';
    throw new ValidationError(scope, { property: 'instanceTypes', value: 'empty', allowed });
  }
  const architecture = commonArchitecture(scope, types, asked.architecture);
  if (!given) {
    const { name, families } = BUNDLES[architecture];
    types.push({ name, families, architecture, resources: families.flatMap(sizesOf) });
  }
  const resources = types.map((type) => type.resources);
  return {
    names: types.map(({ name }) => name),
    architecture,
    resources: resources.every((one) => one !== undefined) ? resources.flat() : undefined,
    gpus: types.some(hasGpus),
    imageType: imageType(scope, types, architecture, asked),
  };
}

interface Named {
  readonly name: string;
  readonly families: readonly string[];
  /** Nothing where the type is known at deployment only. */
  readonly architecture?: Architecture;
  readonly resources?: readonly Resources[];
}

function ofType(instanceType: ec2.InstanceType): Named {
  const name = instanceType.toString();
  if (Token.isUnresolved(name)) return { name, families: [] };
  const known = knownInstanceType(instanceType);
  return {
    name,
    families: [name.slice(0, name.indexOf('.'))],
    architecture: architectureOf(instanceType),
    resources: known && [known.shape],
  };
}

function ofClass(instanceClass: ec2.InstanceClass): Named {
  const name = familyName(instanceClass);
  const resources = sizesOf(name);
  return {
    name,
    families: [name],
    architecture: architectureOf(ec2.InstanceType.of(instanceClass, ec2.InstanceSize.LARGE)),
    resources: resources.length > 0 ? resources : undefined,
  };
}

function sizesOf(family: string): Resources[] {
  return knownSizes(family).map(({ shape }) => shape);
}

function commonArchitecture(
  scope: IConstruct,
  types: readonly Named[],
  asked: ec2.InstanceArchitecture | undefined,
): Architecture {
  const [first, ...others] = types.filter(({ architecture }) => architecture !== undefined);
  const other = others.find(({ architecture }) => architecture !== first?.architecture);
  if (first && other) {
    throw new ValidationError(scope, {
      property: 'instanceTypes',
      value: `${first.name} (${first.architecture}) and ${other.name} (${other.architecture})`,
      allowed: 'of one architecture',
      advice: 'Make a capacity for each, with a queue of its own.',
    });
  }
  const wanted = asked?.valueOf() as Architecture | undefined;
  if (first?.architecture && wanted && wanted !== first.architecture) {
    const allowed = `${first.architecture}, as ${first.name} is`;
    throw new ValidationError(scope, { property: 'architecture', value: wanted, allowed });
  }
  return first?.architecture ?? wanted ?? 'x86_64';
}

/** What is not listed is told by its family. */
function hasGpus({ families, resources }: Named): boolean {
  return resources ? resources.some(({ gpus }) => gpus > 0) : families.some((family) => /^(p|gr?)\d/.test(family));
}

const NOT_ON_AL2023 = /^(a1|p3|p3dn|g3|g3s)$/;

/** The type must be told: without one, GPU types get an image that cannot use them. */
function imageType(
  scope: IConstruct,
  types: readonly Named[],
  architecture: Architecture,
  { imageType: asked, machineImage }: Asked,
): batch.EcsMachineImageType {
  const { ECS_AL2, ECS_AL2_NVIDIA, ECS_AL2023, ECS_AL2023_NVIDIA } = batch.EcsMachineImageType;
  const gpus = types.some(hasGpus);
  const old = types.flatMap(({ families }) => families).find((family) => NOT_ON_AL2023.test(family));
  if (gpus && architecture === 'arm64') {
    if (machineImage === undefined) {
      const allowed = 'given for ARM instance types with GPUs, for which AWS Batch has no image';
      throw new ValidationError(scope, { property: 'machineImage', value: undefined, allowed });
    }
    return asked ?? ECS_AL2023;
  }
  const fitting = {
    gpus: [...(old === undefined ? [ECS_AL2023_NVIDIA] : []), ECS_AL2_NVIDIA],
    none: [...(old === undefined ? [ECS_AL2023] : []), ECS_AL2],
  };
  const possible = [
    ...(gpus ? [] : fitting.none),
    // Images with drivers run on whatever has an x86 processor.
    ...(architecture === 'x86_64' ? fitting.gpus : []),
  ];
  if (asked === undefined || possible.includes(asked)) return asked ?? possible[0];
  throw new ValidationError(scope, {
    property: 'imageType',
    value: asked,
    allowed: `one of ${possible.join(', ')} for ${types.map(({ name }) => name).join(', ')}`,
  });
}
