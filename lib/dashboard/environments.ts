import * as batch from 'aws-cdk-lib/aws-batch';
import type { ICapacity } from '../capacity/capacity';
import { CapacityKind, capacityOf } from '../capacity/capacity';
import { UnmanagedCapacity } from '../capacity/unmanaged-capacity';
import type { QueueDepthAutoscaler } from '../autoscaling/queue-depth-autoscaler';
import { CapacityResource } from '../shortage/capacity-resource';

/** An environment behind some queues, and who tells what its instances have. */
export interface Environment {
  readonly computeEnvironment: batch.IComputeEnvironment;
  /** Nothing for one that this library did not make. */
  readonly capacity?: ICapacity;
  readonly autoscaler?: QueueDepthAutoscaler;
  /** Whether AWS launches what jobs run on, so that the capacity report tells. */
  readonly isManaged: boolean;
}

/**
 * The environments of queues, as far as they are known: imported queues do not tell theirs.
 *
 * @param autoscalers of environments that this library did not make
 */
export function environmentsOf(
  queues: readonly batch.IJobQueue[],
  autoscalers: readonly QueueDepthAutoscaler[],
): Environment[] {
  const listed = queues.flatMap((queue) => queue.computeEnvironments.map((one) => one.computeEnvironment));
  const all = new Set([...listed, ...autoscalers.map((autoscaler) => autoscaler.computeEnvironment)]);
  return [...all].map((environment) => {
    const computeEnvironment = environment as batch.IComputeEnvironment;
    const capacity = capacityOf(computeEnvironment);
    const autoscaler =
      autoscalers.find((one) => one.computeEnvironment === computeEnvironment) ??
      (capacity instanceof UnmanagedCapacity ? capacity.autoscaler : undefined);
    const isUnmanaged =
      autoscaler !== undefined ||
      capacity?.kind === CapacityKind.UNMANAGED_EC2 ||
      computeEnvironment instanceof batch.UnmanagedComputeEnvironment;
    return { computeEnvironment, capacity, autoscaler, isManaged: !isUnmanaged };
  });
}

/**
 * The resources that can be short in an environment: on Fargate vCPUs only, and GPUs where they may be. Only of capacities
 * of this library it is known that there are none.
 */
export function scarceResources({ capacity }: Pick<Environment, 'capacity'>): CapacityResource[] {
  const { VCPU, MEMORY, GPU } = CapacityResource;
  if (capacity?.kind === CapacityKind.FARGATE) return [VCPU];
  if (capacity && capacity.shapes.length > 0 && capacity.shapes.every(({ gpus = 0 }) => gpus === 0)) {
    return [VCPU, MEMORY];
  }
  return [VCPU, MEMORY, GPU];
}

/** The resources that can be short for jobs of a queue. */
export function scarceFor(queue: batch.IJobQueue): CapacityResource[] {
  const environments = environmentsOf([queue], []);
  return [...new Set(environments.length === 0 ? scarceResources({}) : environments.flatMap(scarceResources))];
}
