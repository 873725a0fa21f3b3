import { Resource, Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type { IConstruct } from 'constructs';
import type { RetriedQueue } from './config';
import type { RetryRule } from './retry-rule';
import { type ICapacity, CapacityKind } from '../capacity/capacity';
import type { Resources } from '../capacity/config';
import { registeredMemoryMiB, resourcesOf } from '../capacity/instance-shape';
import { capacitiesOf } from '../jobs/placement';
import { ValidationError } from '../validation/validation-error';

/** Whether a queue is of this app: what is imported is somebody else's. */
function isOurs(queue: batch.IJobQueue): boolean {
  return Resource.isOwnedResource(queue);
}

/** A queue as the handler knows it. @param dryRun what the user says; a queue that is imported begins as a dry run */
export function retriedQueue(queue: batch.IJobQueue, dryRun: boolean | undefined): RetriedQueue {
  const shapes = shapesOf(queue);
  return {
    arn: queue.jobQueueArn,
    ...((dryRun ?? !isOurs(queue)) && { dryRun: true }),
    ...(shapes && { shapes: shapes.map(({ vcpus, memoryMiB, gpus }) => [vcpus, memoryMiB, gpus]) }),
  };
}

/** The largest that jobs can be on instances behind the queue; nothing where it is not known, and on Fargate. */
function shapesOf(queue: batch.IJobQueue): Resources[] | undefined {
  const capacities = capacitiesOf(queue);
  if (!capacities || isFargate(capacities) || capacities.some(({ shapes }) => shapes.length === 0)) return undefined;
  const all = capacities
    .flatMap(({ shapes }) => shapes.map(resourcesOf))
    .map((shape) => ({
      ...shape,
      memoryMiB: registeredMemoryMiB(shape.memoryMiB),
    }));
  if (all.some(({ vcpus, memoryMiB, gpus }) => [vcpus, memoryMiB, gpus].some((one) => Token.isUnresolved(one)))) {
    return undefined;
  }
  return all.filter((shape, index) => !all.some((other, at) => at !== index && covers(other, shape, at < index)));
}

/** Whether whatever fits the one fits the other. Of equals the first stays. */
function covers(other: Resources, shape: Resources, isFirst: boolean): boolean {
  const larger = other.vcpus >= shape.vcpus && other.memoryMiB >= shape.memoryMiB && other.gpus >= shape.gpus;
  const equal = other.vcpus === shape.vcpus && other.memoryMiB === shape.memoryMiB && other.gpus === shape.gpus;
  return larger && (!equal || isFirst);
}

function isFargate(capacities: readonly ICapacity[]): boolean {
  return capacities.every(({ kind }) => kind === CapacityKind.FARGATE);
}

/** Refuses growth without a ceiling where the library does not know how large the instances are. */
export function checkCeilings(scope: IConstruct, rules: readonly RetryRule[], queue: batch.IJobQueue): void {
  const capacities = capacitiesOf(queue);
  if ((capacities && isFargate(capacities)) || shapesOf(queue)) return;
  rules.forEach((rule, index) => {
    const [property] = rule._unlimited();
    if (property === undefined) return;
    throw new ValidationError(scope, {
      property: `rules[${index}].${property}`,
      value: undefined,
      allowed: `given for queue ${queue.node.path}, of which the library does not know what runs its jobs`,
      advice: 'A job that asks for more than any instance has waits for ever.',
    });
  });
}

/** Refuses a fallback queue that would refuse the jobs of the queue that they come from. */
export function checkFallback(
  scope: IConstruct,
  property: string,
  fallbackQueue: batch.IJobQueue,
  queue: batch.IJobQueue,
): void {
  const [from, to] = [capacitiesOf(queue), capacitiesOf(fallbackQueue)];
  if (from && to && isFargate(from) !== isFargate(to)) {
    throw new ValidationError(scope, {
      property,
      value: fallbackQueue.node.path,
      allowed: `a queue on ${isFargate(from) ? 'Fargate' : 'EC2'}, as ${queue.node.path} is`,
    });
  }
  if (isOurs(queue) && isOurs(fallbackQueue) && hasShares(queue) !== hasShares(fallbackQueue)) {
    throw new ValidationError(scope, {
      property,
      value: fallbackQueue.node.path,
      allowed: `a queue ${hasShares(queue) ? 'with' : 'without'} a scheduling policy, as ${queue.node.path} is`,
    });
  }
}

function hasShares(queue: batch.IJobQueue): boolean {
  return queue.schedulingPolicy !== undefined;
}
