import type { ContainerProperties, EcsTaskProperties, LogConfiguration } from '@aws-sdk/client-batch';
import { check, refuse } from '../refusals';
import { requirement } from './resource-requirements';

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step);
}

/** MiB that go with a number of vCPUs. @see https://docs.aws.amazon.com/batch/latest/APIReference/API_ResourceRequirement.html */
const FARGATE_MEMORY: Readonly<Record<string, readonly number[]>> = {
  '0.25': [512, 1024, 2048],
  '0.5': range(1024, 4096, 1024),
  '1': range(2048, 8192, 1024),
  '2': range(4096, 16_384, 1024),
  '4': range(8192, 30_720, 1024),
  '8': range(16_384, 61_440, 4096),
  '16': range(32_768, 122_880, 8192),
  '32': [61_440, 122_880, 249_856],
};

export function checkFargateAmounts(vcpus: number | undefined, memoryMiB: number | undefined): void {
  check(vcpus !== undefined && memoryMiB !== undefined, 'Fargate requires VCPU and MEMORY in resourceRequirements');
  const memories = FARGATE_MEMORY[String(vcpus)];
  check(memories, `Fargate has no VCPU ${vcpus}; it has ${Object.keys(FARGATE_MEMORY).join(', ')}`);
  check(
    memories.includes(memoryMiB),
    `Fargate has no MEMORY ${memoryMiB} with VCPU ${vcpus}; it has ${memories.join(', ')}`,
  );
}

/** @see https://docs.aws.amazon.com/batch/latest/userguide/fargate.html */
export function checkFargateContainer(container: ContainerProperties): void {
  const { resourceRequirements, linuxParameters, privileged } = container;
  for (const member of ['vcpus', 'memory'] as const) {
    check(container[member] === undefined, `${member} is not supported on Fargate; use resourceRequirements`);
  }
  check(requirement(resourceRequirements, 'GPU') === undefined, 'GPUs are not available on Fargate');
  check(!privileged, 'privileged is not applicable to Fargate');
  check(!container.ulimits?.length, 'ulimits are not applicable to Fargate');
  check(container.executionRoleArn, 'executionRoleArn is required for Fargate');
  const unavailable = ['devices', 'sharedMemorySize', 'tmpfs', 'maxSwap', 'swappiness'] as const;
  for (const member of unavailable) {
    check(linuxParameters?.[member] === undefined, `linuxParameters.${member} is not applicable to Fargate`);
  }
  checkLogDriver(container.logConfiguration);
  checkFargateAmounts(requirement(resourceRequirements, 'VCPU'), requirement(resourceRequirements, 'MEMORY'));
}

export function checkFargateTask(task: EcsTaskProperties): void {
  check(task.executionRoleArn, 'executionRoleArn is required for Fargate');
  check(task.ipcMode === undefined, 'ipcMode is not supported on Fargate');
  const containers = task.containers!;
  for (const { resourceRequirements, privileged, logConfiguration } of containers) {
    check(requirement(resourceRequirements, 'GPU') === undefined, 'GPUs are not available on Fargate');
    check(!privileged, 'privileged is not applicable to Fargate');
    checkLogDriver(logConfiguration);
  }
  const sum = (type: 'VCPU' | 'MEMORY'): number =>
    containers.reduce((total, { resourceRequirements }) => total + requirement(resourceRequirements, type)!, 0);
  checkFargateAmounts(sum('VCPU'), sum('MEMORY'));
}

function checkLogDriver(configuration: LogConfiguration | undefined): void {
  const driver = configuration?.logDriver ?? 'awslogs';
  if (driver !== 'awslogs' && driver !== 'splunk')
    refuse(`Fargate supports the log drivers awslogs and splunk, got ${driver}`);
}

/** What only Fargate has. */
export function checkEc2Container(container: ContainerProperties): void {
  for (const member of [
    'networkConfiguration',
    'fargatePlatformConfiguration',
    'ephemeralStorage',
    'runtimePlatform',
  ] as const) {
    check(container[member] === undefined, `${member} must not be specified for jobs on EC2 resources`);
  }
}
