import { Annotations, Token } from 'aws-cdk-lib';
import type { IJobQueue } from 'aws-cdk-lib/aws-batch';
import type { Construct } from 'constructs';
import type { ICapacity } from '../capacity/capacity';
import { capacityOf, CapacityKind } from '../capacity/capacity';
import type { Resources } from '../capacity/config';
import { registeredMemoryMiB, resourcesOf } from '../capacity/instance-shape';
import { ValidationError } from '../validation/validation-error';

type Dimension = keyof Resources;

/** The user's property for each dimension, in the order in which a lack is reported. */
const PROPERTIES: Readonly<Record<Dimension, string>> = { gpus: 'gpus', vcpus: 'vcpus', memoryMiB: 'memory' };
const DIMENSIONS = Object.keys(PROPERTIES) as Dimension[];

/** The capacities behind a queue, or nothing when one of them was not made by this library. */
export function capacitiesOf(queue: IJobQueue): ICapacity[] | undefined {
  const capacities = queue.computeEnvironments.map(({ computeEnvironment }) => capacityOf(computeEnvironment));
  const known = capacities.filter((capacity) => capacity !== undefined);
  return known.length > 0 && known.length === capacities.length ? known : undefined;
}

/**
 * Refuses a job that nothing behind the queue can ever hold, and warns of one that fits by what an instance is sold
 * with but perhaps not by what it offers once its operating system has taken a part.
 */
export function checkPlacement(scope: Construct, queue: IJobQueue, request: Resources): void {
  const capacities = capacitiesOf(queue);
  if (!capacities || capacities.some(({ shapes }) => shapes.length === 0)) return;
  const shapes = capacities.flatMap((capacity) => capacity.shapes.map(resourcesOf));
  const placeable = shapes.filter((shape) => fits(request, shape));
  if (placeable.length === 0) throw misfit(scope, queue, request, shapes);
  const managed = capacities.every(({ kind }) => kind === CapacityKind.FARGATE);
  const registered = placeable.map(({ memoryMiB }) => registeredMemoryMiB(memoryMiB));
  if (managed || registered.some((memoryMiB) => within(request.memoryMiB, memoryMiB))) return;
  const largest = Math.max(...registered);
  Annotations.of(scope).addWarningV2(
    'cdk-batch-foreman:memoryMayNotFit',
    `memory is ${request.memoryMiB} MiB, which is less than the largest instance behind ${queue.node.path} is sold ` +
      `with, but perhaps more than it offers: about ${largest} MiB. The job may wait forever; ask for at most that.`,
  );
}

function fits(request: Resources, shape: Resources): boolean {
  return DIMENSIONS.every((dimension) => within(request[dimension], shape[dimension]));
}

/** What is known at deployment only is taken to fit. */
function within(requested: number, offered: number): boolean {
  return Token.isUnresolved(requested) || Token.isUnresolved(offered) || requested <= offered;
}

function misfit(scope: Construct, queue: IJobQueue, request: Resources, shapes: readonly Resources[]): ValidationError {
  for (const dimension of DIMENSIONS) {
    const most = Math.max(...shapes.map((shape) => shape[dimension]));
    if (within(request[dimension], most)) continue;
    return new ValidationError(scope, {
      property: PROPERTIES[dimension],
      value: amount(request, dimension),
      allowed: `at most ${amount({ ...request, [dimension]: most }, dimension)}, the most behind queue ${queue.node.path}`,
      advice: 'Ask for less, give the queue capacity with larger instances, or take it out of `queues`.',
    });
  }
  return new ValidationError(scope, {
    property: Object.values(PROPERTIES).join(', '),
    value: describe(request),
    allowed: `together within one of the instances behind queue ${queue.node.path}: ${shapes.map(describe).join('; ')}`,
    advice: 'Ask for less, give the queue capacity with larger instances, or take it out of `queues`.',
  });
}

function amount(resources: Resources, dimension: Dimension): string {
  return dimension === 'memoryMiB' ? `${resources.memoryMiB} MiB` : String(resources[dimension]);
}

function describe(resources: Resources): string {
  return `${resources.vcpus} vCPU, ${resources.memoryMiB} MiB, ${resources.gpus} GPU`;
}
