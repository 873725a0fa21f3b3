import { Annotations } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type { Construct } from 'constructs';
import type { ConsumableRequirement } from '../jobs/consumable-requirements';

type Resource = ConsumableRequirement['resource'];

/** A definition of jobs, and what such a job takes. */
interface Taker {
  readonly definition: Construct;
  readonly resources: readonly Resource[];
}

/** Whose jobs each queue is for, as far as definitions have said. */
const TAKERS = new WeakMap<batch.IJobQueue, Taker[]>();

/**
 * Warns where jobs that wait for a consumable resource share a queue with jobs that do not need it: what waits stays
 * RUNNABLE, at the head, and AWS does not document whether others may pass.
 */
export function noteTaker(
  definition: Construct,
  queues: readonly batch.IJobQueue[],
  requirements: readonly ConsumableRequirement[],
): void {
  const taker: Taker = { definition, resources: requirements.map(({ resource }) => resource) };
  for (const queue of queues) {
    const others = TAKERS.get(queue) ?? [];
    for (const other of others) {
      warn(queue, taker, other);
      warn(queue, other, taker);
    }
    TAKERS.set(queue, [...others, taker]);
  }
}

function warn(queue: batch.IJobQueue, { definition, resources }: Taker, other: Taker): void {
  const limit = resources.find((resource) => !other.resources.includes(resource));
  if (!limit) return;
  Annotations.of(definition).addWarningV2(
    `cdk-batch-foreman:limitOnSharedQueue:${limit.node.path}`,
    `A job that waits for ${limit.node.path} stays RUNNABLE, at the head of queue ${queue.node.path}, and AWS does not ` +
      `document whether jobs behind it may pass: those of ${other.definition.node.path} may wait with it. Give it a ` +
      'queue of its own where that matters.',
  );
}
