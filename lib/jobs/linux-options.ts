import type { Size } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type { IConstruct } from 'constructs';
import { mebibytes } from './amounts';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

/**
 * What a container gets from the Linux kernel of its instance. On Fargate there is only `initProcess`.
 *
 * @see https://docs.aws.amazon.com/batch/latest/APIReference/API_LinuxParameters.html
 */
export interface LinuxOptions {
  /**
   * Whether a small init process runs first, forwards signals and reaps processes.
   *
   * @default false
   */
  readonly initProcess?: boolean;

  /**
   * Size of `/dev/shm`, as machine learning frameworks use it; at least 1 MiB.
   *
   * @default - what Docker gives: 64 MiB
   */
  readonly sharedMemory?: Size;

  /**
   * Swap that the container may use beyond its memory; needs swap space on the instance.
   *
   * @default - twice the container's memory, where the instance has swap space
   */
  readonly maxSwap?: Size;

  /**
   * From 0, swap only when there is no other way, to 100. Needs `maxSwap`.
   *
   * @default 60
   */
  readonly swappiness?: number;

  /**
   * Devices of the instance.
   *
   * @default - none; GPUs are asked for with `gpus`
   */
  readonly devices?: batch.Device[];

  /**
   * File systems in memory; at least 1 MiB each.
   *
   * @default - none
   */
  readonly tmpfs?: batch.Tmpfs[];
}

const NOT_ON_FARGATE = ['sharedMemory', 'maxSwap', 'swappiness', 'devices', 'tmpfs'] as const;

/** @throws ValidationError for what the API refuses, and for what it ignores */
export function linuxParameters(
  scope: IConstruct,
  property: string,
  options: LinuxOptions,
  fargate: boolean,
): batch.CfnJobDefinition.LinuxParametersProperty {
  if (fargate) checkFargate(scope, property, options);
  const { sharedMemory, maxSwap, swappiness } = options;
  checkWholeNumber(scope, `${property}.swappiness`, swappiness, { min: 0, max: 100 });
  if (swappiness !== undefined && maxSwap === undefined) {
    const advice = 'Without maxSwap ECS ignores swappiness.';
    throw new ValidationError(scope, { property: `${property}.maxSwap`, value: undefined, allowed: 'given', advice });
  }
  return {
    initProcessEnabled: options.initProcess,
    sharedMemorySize: sharedMemory && mebibytes(scope, `${property}.sharedMemory`, sharedMemory, 1),
    maxSwap: maxSwap && mebibytes(scope, `${property}.maxSwap`, maxSwap, 0),
    swappiness,
    devices: options.devices?.map(({ hostPath, containerPath, permissions }) => ({
      hostPath,
      containerPath,
      permissions,
    })),
    tmpfs: options.tmpfs?.map(({ containerPath, size, mountOptions }, index) => ({
      containerPath,
      size: mebibytes(scope, `${property}.tmpfs[${index}].size`, size, 1),
      mountOptions,
    })),
  };
}

function checkFargate(scope: IConstruct, property: string, options: LinuxOptions): void {
  const given = NOT_ON_FARGATE.find((option) => options[option] !== undefined);
  if (given === undefined) return;
  const allowed = 'left out on Fargate, which has only initProcess';
  throw new ValidationError(scope, { property: `${property}.${given}`, value: 'given', allowed });
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Ulimit.html */
export function ulimits(
  scope: IConstruct,
  property: string,
  limits: readonly batch.Ulimit[],
  fargate: boolean,
): batch.CfnJobDefinition.UlimitProperty[] {
  if (fargate && limits.length > 0) {
    throw new ValidationError(scope, { property, value: 'given', allowed: 'left out on Fargate' });
  }
  return limits.map(({ name, softLimit, hardLimit }, index) => {
    const limit = `${property}[${index}]`;
    // -1 is no limit.
    checkWholeNumber(scope, `${limit}.hardLimit`, hardLimit, { min: -1 });
    const highest = hardLimit === -1 || Token.isUnresolved(hardLimit) ? undefined : hardLimit;
    checkWholeNumber(scope, `${limit}.softLimit`, softLimit, { min: -1, max: highest });
    if (limits.findIndex((other) => other.name === name) < index) {
      throw new ValidationError(scope, { property: `${limit}.name`, value: name, allowed: 'given once' });
    }
    return { name, softLimit, hardLimit };
  });
}
