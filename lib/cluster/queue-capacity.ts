import { Annotations } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { ICapacity } from '../capacity/capacity';
import { CapacityKind } from '../capacity/capacity';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

/** @see https://docs.aws.amazon.com/batch/latest/APIReference/API_CreateJobQueue.html */
const MAX_ENVIRONMENTS = 3;

/** Refuses what AWS refuses when the queue is created, and warns of what it leaves open. */
export function checkQueueCapacity(
  scope: Construct,
  { capacity, priority }: { readonly capacity: readonly ICapacity[]; readonly priority?: number },
): void {
  checkWholeNumber(scope, 'priority', priority, { min: 0, max: 1000 });
  const count = capacity.length;
  if (count < 1 || count > MAX_ENVIRONMENTS) {
    const value = `a list of ${count}`;
    throw new ValidationError(scope, { property: 'capacity', value, allowed: `a list of 1 to ${MAX_ENVIRONMENTS}` });
  }
  const twice = capacity.find((one, index) => capacity.indexOf(one) !== index);
  if (twice) {
    throw new ValidationError(scope, { property: 'capacity', value: `twice ${twice.node.id}`, allowed: 'each once' });
  }
  const kinds = new Set(capacity.map(({ kind }) => kind));
  if (kinds.has(CapacityKind.FARGATE) && kinds.size > 1) {
    throw new ValidationError(scope, {
      property: 'capacity',
      value: capacity.map(({ node, kind }) => `${node.id} (${kind})`).join(', '),
      allowed: 'all Fargate or all EC2',
      advice: 'Make a queue for each.',
    });
  }
  checkArchitectures(scope, capacity);
  if (kinds.size > 1) {
    Annotations.of(scope).addWarningV2(
      'cdk-batch-foreman:mixedCapacity',
      'capacity mixes managed and unmanaged environments. AWS does not document when AWS Batch passes a job on from ' +
        'one to the other; give each a queue of its own where that matters.',
    );
  }
}

/** Which a job's image is for, AWS Batch does not look at. */
function checkArchitectures(scope: Construct, capacity: readonly ICapacity[]): void {
  const known = capacity.filter(({ architecture }) => architecture !== undefined);
  if (new Set(known.map(({ architecture }) => architecture)).size <= 1) return;
  throw new ValidationError(scope, {
    property: 'capacity',
    value: known.map(({ node, architecture }) => `${node.id} (${architecture})`).join(', '),
    allowed: 'of one architecture',
    advice: 'Make a queue for each.',
  });
}
