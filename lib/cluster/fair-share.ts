import type { Duration } from 'aws-cdk-lib';
import { Token } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import type { Construct } from 'constructs';
import type { ICapacity } from '../capacity/capacity';
import { CapacityKind } from '../capacity/capacity';
import { UnmanagedCapacity } from '../capacity/unmanaged-capacity';
import { checkSeconds, checkWholeNumber, ValidationError } from '../validation/validation-error';

/** What jobs of one share, or of all shares whose names begin alike, get of a queue. */
export interface ShareWeight {
  /** The share that jobs are submitted with: up to 255 letters and digits, or a beginning of those and `*`. */
  readonly shareIdentifier: string;

  /**
   * From 0.0001 to 999.9999: a share of weight 0.5 gets twice what one of weight 1 gets.
   *
   * @default 1
   */
  readonly weight?: number;
}

/**
 * How a queue is divided among shares; every job has to be submitted with a share.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/job_scheduling.html
 */
export interface FairShareOptions {
  /**
   * The weights of shares. No two may name the same share.
   *
   * @default - all shares are of weight 1
   */
  readonly shares?: ShareWeight[];

  /**
   * How far back what a share has used counts, up to a week.
   *
   * @default Duration.minutes(10)
   */
  readonly shareDecay?: Duration;

  /**
   * Percent of the capacity that is held free for shares that have nothing in the queue yet while there is one share in
   * it: p of 100. With n shares it is (p / 100) to the power of n. From 0 to 99.
   *
   * @default 0
   */
  readonly computeReservation?: number;
}

const SHARE = /^[A-Za-z0-9]{1,255}\*?$/;
const ANY = '*';

export function fairSharePolicy(
  scope: Construct,
  id: string,
  { shares = [], shareDecay, computeReservation }: FairShareOptions,
): batch.FairshareSchedulingPolicy {
  return new batch.FairshareSchedulingPolicy(scope, id, {
    shareDecay,
    computeReservation,
    shares: shares.map(({ shareIdentifier, weight = 1 }) => ({ shareIdentifier, weightFactor: weight })),
  });
}

/** Refuses what AWS refuses when the policy is created. */
export function checkFairShare(
  queue: Construct,
  { shares = [], shareDecay, computeReservation }: FairShareOptions,
): void {
  checkSeconds(queue, 'fairShare.shareDecay', shareDecay, { min: 0, max: 604_800 });
  checkWholeNumber(queue, 'fairShare.computeReservation', computeReservation, { min: 0, max: 99 });
  shares.forEach((share, index) => checkShare(queue, shares, share, index));
}

function checkShare(
  queue: Construct,
  shares: readonly ShareWeight[],
  { shareIdentifier, weight }: ShareWeight,
  index: number,
): void {
  const path = `fairShare.shares[${index}]`;
  if (weight !== undefined && !Token.isUnresolved(weight) && !(weight >= 0.0001 && weight <= 999.9999)) {
    const allowed = 'a number from 0.0001 to 999.9999';
    throw new ValidationError(queue, { property: `${path}.weight`, value: weight, allowed });
  }
  if (Token.isUnresolved(shareIdentifier)) return;
  const property = `${path}.shareIdentifier`;
  if (!SHARE.test(shareIdentifier)) {
    const allowed = '1 to 255 letters and digits, with or without * at the end';
    throw new ValidationError(queue, { property, value: JSON.stringify(shareIdentifier), allowed });
  }
  const other = shares.slice(0, index).find((one) => overlap(one.shareIdentifier, shareIdentifier));
  if (!other) return;
  throw new ValidationError(queue, {
    property,
    value: `${shareIdentifier} beside ${other.shareIdentifier}`,
    allowed: 'one that names no share of another',
  });
}

function overlap(one: string, other: string): boolean {
  const covers = (pattern: string, name: string) =>
    pattern.endsWith(ANY) && name.startsWith(pattern.slice(0, -ANY.length));
  return one === other || covers(one, other) || covers(other, one);
}

/** AWS Batch divides what it knows of: of instances that it does not launch it has to be told the vCPUs. */
export function checkFairShareCapacity(queue: Construct, capacity: readonly ICapacity[]): void {
  for (const one of capacity) {
    if (one.kind !== CapacityKind.UNMANAGED_EC2 || !(one instanceof UnmanagedCapacity) || one.unmanagedvCpus) continue;
    throw new ValidationError(queue, {
      property: 'capacity',
      value: `${one.node.path} without maxvCpus`,
      allowed: 'capacity whose vCPUs are known at synthesis, for the queue to be divided',
      advice: 'Give the capacity its maxvCpus.',
    });
  }
}
