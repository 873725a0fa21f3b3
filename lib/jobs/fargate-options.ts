import type { Size } from 'aws-cdk-lib';
import { SizeRoundingBehavior, Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import type { IConstruct } from 'constructs';
import { FARGATE_SIZES } from '../capacity/config';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

/** What Fargate tasks can be told, and instances cannot. */
export interface FargateOptions {
  /**
   * Whether the task has a public address; without one it needs a NAT gateway, or endpoints, to get its image.
   *
   * @default false
   */
  readonly assignPublicIp?: boolean;

  /**
   * Version of the Fargate platform.
   *
   * @default - the latest
   */
  readonly platformVersion?: ecs.FargatePlatformVersion;

  /**
   * Disk of the task, from 21 to 200 GiB.
   *
   * @default - 20 GiB
   */
  readonly ephemeralStorage?: Size;

  /**
   * Architecture that the image is for.
   *
   * @default - x86-64
   */
  readonly cpuArchitecture?: ecs.CpuArchitecture;

  /**
   * Operating system that the image is for. Windows runs on x86-64 only.
   *
   * @default - Linux
   */
  readonly operatingSystemFamily?: ecs.OperatingSystemFamily;
}

/** Refuses a size that Fargate has no task of. @param vcpus and memoryMiB of all containers together */
export function checkFargateSize(scope: IConstruct, vcpus: number, memoryMiB: number): void {
  if (Token.isUnresolved(vcpus)) return;
  const memories = FARGATE_SIZES.get(vcpus);
  if (!memories) {
    const allowed = `one of ${[...FARGATE_SIZES.keys()].join(', ')} on Fargate, for all containers together`;
    throw new ValidationError(scope, { property: 'vcpus', value: vcpus, allowed });
  }
  if (Token.isUnresolved(memoryMiB) || memories.includes(memoryMiB)) return;
  const amounts = memories.length > 4 ? [...memories.slice(0, 2), '…', memories.at(-1)] : memories;
  throw new ValidationError(scope, {
    property: 'memory',
    value: `${memoryMiB} MiB`,
    allowed: `one of ${amounts.join(', ')} MiB with ${vcpus} vCPU on Fargate, for all containers together`,
  });
}

/** The parts of a job definition that only Fargate has. */
export interface FargateProperties {
  readonly networkConfiguration: batch.CfnJobDefinition.NetworkConfigurationProperty;
  readonly platformVersion?: string;
  readonly ephemeralStorage?: batch.CfnJobDefinition.EphemeralStorageProperty;
  readonly runtimePlatform?: batch.CfnJobDefinition.RuntimePlatformProperty;
}

export function fargateProperties(scope: IConstruct, options: FargateOptions): FargateProperties {
  const { assignPublicIp = false, platformVersion, ephemeralStorage, cpuArchitecture, operatingSystemFamily } = options;
  const sizeInGiB = ephemeralStorage?.toGibibytes({ rounding: SizeRoundingBehavior.NONE });
  checkWholeNumber(scope, 'fargate.ephemeralStorage in GiB', sizeInGiB, { min: 21, max: 200 });
  const cpu = cpuArchitecture?._cpuArchitecture;
  const os = operatingSystemFamily?._operatingSystemFamily;
  if (operatingSystemFamily?.isWindows() && cpu !== undefined && cpu !== 'X86_64') {
    throw new ValidationError(scope, {
      property: 'fargate.cpuArchitecture',
      value: cpu,
      allowed: 'X86_64 with Windows',
    });
  }
  return {
    networkConfiguration: { assignPublicIp: assignPublicIp ? 'ENABLED' : 'DISABLED' },
    platformVersion,
    ephemeralStorage: sizeInGiB === undefined ? undefined : { sizeInGiB },
    runtimePlatform:
      cpu === undefined && os === undefined ? undefined : { cpuArchitecture: cpu, operatingSystemFamily: os },
  };
}
