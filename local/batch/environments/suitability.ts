import { registeredResources, typesOf } from '../scaling/instance-types';
import type { InstanceType } from '../scaling/instance-types';
import { fits } from '../scheduling/shape';
import type { Shape } from '../scheduling/shape';
import { isFargate } from './compute-environment';
import type { ComputeEnvironment } from './compute-environment';

/** Whether the maximum of a managed environment lets a job of that shape in at all. */
export function isWithinMaximum({ type, computeResources }: ComputeEnvironment, shape: Shape): boolean {
  return type === 'UNMANAGED' || shape.vcpus <= computeResources!.maxvCpus!;
}

/** Instance types of an environment that hold a job of that shape, in the order of its list. */
export function fittingTypes(
  { computeResources }: ComputeEnvironment,
  shape: Shape,
  memoryOverheadPercent: number,
): InstanceType[] {
  return typesOf(computeResources?.instanceTypes ?? []).filter((type) =>
    fits(shape, registeredResources(type, memoryOverheadPercent)),
  );
}

/** Whether Batch can get an environment to hold such a job; of an unmanaged one it cannot know. */
export function canProvide(environment: ComputeEnvironment, shape: Shape, memoryOverheadPercent: number): boolean {
  if (environment.type === 'UNMANAGED') return true;
  if (!isWithinMaximum(environment, shape)) return false;
  return isFargate(environment) || fittingTypes(environment, shape, memoryOverheadPercent).length > 0;
}
