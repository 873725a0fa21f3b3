import type { Duration } from 'aws-cdk-lib';
import { Annotations, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ManagedCapacityOptions } from './managed-options';
import { AllocationStrategy } from './managed-options';
import { checkBatchName } from '../validation/batch-name';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

const SPOT_ONLY: readonly AllocationStrategy[] = [
  AllocationStrategy.SPOT_CAPACITY_OPTIMIZED,
  AllocationStrategy.SPOT_CAPACITY_OPTIMIZED_PRIORITIZED,
  AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED,
];

/** The strategy that AWS Batch is told: without one, it would take BEST_FIT. */
export function strategyOf({ spot, allocationStrategy }: ManagedCapacityOptions): AllocationStrategy {
  if (allocationStrategy !== undefined) return allocationStrategy;
  return spot ? AllocationStrategy.SPOT_PRICE_CAPACITY_OPTIMIZED : AllocationStrategy.BEST_FIT_PROGRESSIVE;
}

/** Refuses what AWS Batch refuses when the environment is made, or ignores. */
export function checkManagedOptions(scope: Construct, options: ManagedCapacityOptions): void {
  const { maxvCpus, minvCpus } = options;
  checkBatchName(scope, 'computeEnvironmentName', options.computeEnvironmentName);
  checkWholeNumber(scope, 'maxvCpus', maxvCpus, { min: 1 });
  checkWholeNumber(scope, 'minvCpus', minvCpus, { min: 0, max: maxvCpus });
  checkSpot(scope, options);
  checkUpdates(scope, options);
  checkMinutes(scope, 'scaleDownDelay', options.scaleDownDelay, { min: 20, max: 10_080 });
}

function checkSpot(scope: Construct, options: ManagedCapacityOptions): void {
  const { spot = false, bidPercentage, spotFleetRole } = options;
  const strategy = strategyOf(options);
  if (!spot && SPOT_ONLY.includes(strategy)) {
    const allowed = 'BEST_FIT, BEST_FIT_PROGRESSIVE or BEST_FIT_PROGRESSIVE_ORDERED without `spot`';
    throw new ValidationError(scope, { property: 'allocationStrategy', value: strategy, allowed });
  }
  if (spot && strategy === AllocationStrategy.BEST_FIT_PROGRESSIVE_ORDERED) {
    const allowed = `BEST_FIT, BEST_FIT_PROGRESSIVE or one of ${SPOT_ONLY.join(', ')} with \`spot\``;
    throw new ValidationError(scope, { property: 'allocationStrategy', value: strategy, allowed });
  }
  if (!spot && bidPercentage !== undefined) {
    const value = Token.isUnresolved(bidPercentage) ? 'known at deployment only' : bidPercentage;
    throw new ValidationError(scope, { property: 'bidPercentage', value, allowed: 'left out without `spot`' });
  }
  checkWholeNumber(scope, 'bidPercentage', bidPercentage, { min: 1, max: 100 });
  if (spotFleetRole && !(spot && strategy === AllocationStrategy.BEST_FIT)) {
    const allowed = 'left out unless with `spot` and BEST_FIT, for there is no Spot Fleet otherwise';
    throw new ValidationError(scope, { property: 'spotFleetRole', value: spotFleetRole.node.path, allowed });
  }
}

function checkUpdates(scope: Construct, options: ManagedCapacityOptions): void {
  const { updateTimeout, terminateJobsOnUpdate, updateToLatestImageVersion, machineImage } = options;
  checkMinutes(scope, 'updateTimeout', updateTimeout, { min: 1, max: 7200 });
  if (updateTimeout && terminateJobsOnUpdate) {
    const value = updateTimeout.toString();
    const allowed = 'left out with `terminateJobsOnUpdate`, which leaves jobs no time';
    throw new ValidationError(scope, { property: 'updateTimeout', value, allowed });
  }
  if (updateToLatestImageVersion && machineImage) {
    const allowed = 'left out with `machineImage`, which stays as it is';
    throw new ValidationError(scope, { property: 'updateToLatestImageVersion', value: 'true', allowed });
  }
  if (strategyOf(options) !== AllocationStrategy.BEST_FIT) return;
  const asked = { updateTimeout, terminateJobsOnUpdate, updateToLatestImageVersion };
  for (const [property, value] of Object.entries(asked)) {
    if (value === undefined) continue;
    const allowed = 'left out with BEST_FIT, with which the environment is replaced instead of updated';
    throw new ValidationError(scope, { property, value: String(value), allowed });
  }
  if (options.computeEnvironmentName === undefined) return;
  Annotations.of(scope).addWarningV2(
    'cdk-batch-foreman:nameOfReplacedEnvironment',
    'computeEnvironmentName is given with BEST_FIT, with which a change of instances replaces the environment: the new ' +
      'one cannot have the name of the one that is still there. Leave the name out, or change both together.',
  );
}

function checkMinutes(
  scope: Construct,
  property: string,
  value: Duration | undefined,
  range: { readonly min: number; readonly max: number },
): void {
  if (value === undefined || value.isUnresolved()) return;
  checkWholeNumber(scope, `${property} in minutes`, value.toMinutes({ integral: false }), range);
}
