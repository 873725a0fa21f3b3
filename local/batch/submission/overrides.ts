import type { KeyValuePair, ResourceRequirement } from '@aws-sdk/client-batch';

/** Variables of the definition, with those of the submission put over or after them. */
export function mergedEnvironment(
  defined: readonly KeyValuePair[] = [],
  overrides: readonly KeyValuePair[] = [],
): KeyValuePair[] {
  const byName = new Map([...defined, ...overrides].map((pair) => [pair.name, pair]));
  return [...byName.values()];
}

/** Requirements of the definition, with those of the submission put over or after them. */
export function mergedRequirements(
  defined: readonly ResourceRequirement[] = [],
  overrides: readonly ResourceRequirement[] = [],
): ResourceRequirement[] {
  const byType = new Map([...defined, ...overrides].map((requirement) => [requirement.type, requirement]));
  return [...byType.values()];
}
