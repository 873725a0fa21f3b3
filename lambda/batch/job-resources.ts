import type { JobDetail, ResourceRequirement } from '@aws-sdk/client-batch';
import type { Resources } from '../../lib/capacity/config';

/**
 * What a job asks of one ECS instance, overrides included: a DescribeJobs answer has them merged already.
 * @returns undefined for a job that an unmanaged environment never runs (multi-node parallel, EKS)
 */
export function jobResources(job: JobDetail): Resources | undefined {
  const tasks = job.ecsProperties?.taskProperties;
  if (tasks) {
    return tasks
      .flatMap((task) => task.containers ?? [])
      .map((container) => required(container.resourceRequirements))
      .reduce(sum, { vcpus: 0, memoryMiB: 0, gpus: 0 });
  }
  const { container } = job;
  if (!container || job.nodeProperties || job.eksProperties) return undefined;
  const { vcpus, memoryMiB, gpus } = required(container.resourceRequirements);
  // Definitions of before 2020 name these two outside the requirements.
  return { vcpus: vcpus || (container.vcpus ?? 0), memoryMiB: memoryMiB || (container.memory ?? 0), gpus };
}

/** Where the current attempt of a job runs; undefined until Batch has chosen. */
export function jobContainerInstance(job: JobDetail): string | undefined {
  return job.container?.containerInstanceArn ?? job.ecsProperties?.taskProperties?.[0]?.containerInstanceArn;
}

function required(requirements: readonly ResourceRequirement[] = []): Resources {
  const of = (type: string) => Number(requirements.find((requirement) => requirement.type === type)?.value ?? 0);
  return { vcpus: of('VCPU'), memoryMiB: of('MEMORY'), gpus: of('GPU') };
}

function sum(a: Resources, b: Resources): Resources {
  return { vcpus: a.vcpus + b.vcpus, memoryMiB: a.memoryMiB + b.memoryMiB, gpus: a.gpus + b.gpus };
}
