import type { ResourceRequirement } from '@aws-sdk/client-batch';
import { check } from '../refusals';

export function requirement(
  requirements: readonly ResourceRequirement[] | undefined,
  type: ResourceRequirement['type'],
): number | undefined {
  const found = requirements?.find((candidate) => candidate.type === type);
  return found && Number(found.value);
}

const LEAST = { VCPU: 1, MEMORY: 4, GPU: 1 } as const;

/** Whole numbers, but for Fargate's fractions of a vCPU, which have a table of their own. */
export function checkRequirements(requirements: readonly ResourceRequirement[] = [], fargate: boolean): void {
  const types = requirements.map(({ type }) => type);
  check(new Set(types).size === types.length, 'resourceRequirements has a type twice');
  for (const { type, value } of requirements) {
    check(type! in LEAST, `resourceRequirements: unknown type ${type}`);
    if (fargate && type === 'VCPU') continue;
    const amount = Number(value);
    const valid = /^\d+$/.test(value!) && amount >= LEAST[type!];
    check(valid, `resourceRequirements: ${type} must be a whole number of at least ${LEAST[type!]}, got ${value}`);
  }
}
