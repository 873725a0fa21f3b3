import type {
  CreateSchedulingPolicyRequest,
  CreateSchedulingPolicyResponse,
  DeleteSchedulingPolicyRequest,
  DescribeSchedulingPoliciesRequest,
  DescribeSchedulingPoliciesResponse,
  FairsharePolicy,
  ListSchedulingPoliciesRequest,
  ListSchedulingPoliciesResponse,
  QuotaSharePolicy,
  UpdateSchedulingPolicyRequest,
} from '@aws-sdk/client-batch';
import type { World } from '../../world';
import { arn } from '../../world';
import type { JobQueue } from '../model';
import { pageOf } from '../pages';
import { check, checkAtMost, checkName, checkRange, checkTags, refuse } from '../refusals';
import type { Registry } from '../registry';
import { matches } from '../scheduling/fair-share-usage';
import type { SchedulingPolicy } from './scheduling-policy';

export class SchedulingPolicies {
  /** @param onChange told of a policy that now orders jobs otherwise. */
  constructor(
    private readonly world: World,
    private readonly policies: Registry<SchedulingPolicy>,
    private readonly queues: Registry<JobQueue>,
    private readonly onChange: (policy: SchedulingPolicy) => void,
  ) {}

  create(input: CreateSchedulingPolicyRequest): CreateSchedulingPolicyResponse {
    const name = input.name!;
    checkName(name, 'name');
    this.policies.checkNew(name);
    checkTags(input.tags);
    const policy: SchedulingPolicy = {
      name,
      arn: arn(this.world, 'batch', `scheduling-policy/${name}`),
      sequence: this.policies.nextSequence(),
      fairsharePolicy: checkedPolicy(input),
      tags: { ...input.tags },
    };
    this.policies.add(policy);
    return { name, arn: policy.arn };
  }

  update(input: UpdateSchedulingPolicyRequest): void {
    const policy = this.policies.require(input.arn!);
    policy.fairsharePolicy = checkedPolicy(input);
    this.onChange(policy);
  }

  delete(input: DeleteSchedulingPolicyRequest): void {
    const policy = this.policies.require(input.arn!);
    const user = [...this.queues].find((queue) => queue.policy === policy);
    check(!user, `Cannot delete, scheduling policy ${policy.name} is used by job queue ${user?.name}`);
    this.policies.delete(policy);
  }

  describe({ arns }: DescribeSchedulingPoliciesRequest): DescribeSchedulingPoliciesResponse {
    checkAtMost(arns, 100, 'arns');
    const found = arns!.flatMap((policyArn) => this.policies.find(policyArn) ?? []);
    return {
      schedulingPolicies: found.map(({ name, arn: policyArn, fairsharePolicy, tags }) => ({
        name,
        arn: policyArn,
        fairsharePolicy,
        tags,
      })),
    };
  }

  list(input: ListSchedulingPoliciesRequest): ListSchedulingPoliciesResponse {
    const { items, nextToken } = pageOf(this.policies, ({ sequence }) => sequence, input);
    return { schedulingPolicies: items.map((policy) => ({ arn: policy.arn })), nextToken };
  }
}

const SHARE_IDENTIFIER = /^[A-Za-z0-9]{0,255}\*?$/;

function checkedPolicy(input: {
  fairsharePolicy?: FairsharePolicy | undefined;
  quotaSharePolicy?: QuotaSharePolicy | undefined;
}): FairsharePolicy {
  if (input.quotaSharePolicy) refuse('The local AWS has no quota shares: they are for service jobs');
  const policy = input.fairsharePolicy ?? {};
  checkRange(policy.shareDecaySeconds, 0, 604_800, 'shareDecaySeconds');
  checkRange(policy.computeReservation, 0, 99, 'computeReservation');
  const shares = policy.shareDistribution ?? [];
  checkAtMost(shares, 500, 'shareDistribution');
  for (const [index, { shareIdentifier, weightFactor = 1 }] of shares.entries()) {
    check(SHARE_IDENTIFIER.test(shareIdentifier!), `shareIdentifier ${shareIdentifier} is not alphanumeric`);
    const weighed = weightFactor >= 0.0001 && weightFactor <= 999.9999;
    check(weighed, `weightFactor must be between 0.0001 and 999.9999, got ${weightFactor}`);
    const other = shares.slice(index + 1).find((later) => overlap(shareIdentifier!, later.shareIdentifier!));
    check(!other, `shareIdentifier ${shareIdentifier} overlaps ${other?.shareIdentifier}`);
  }
  return {
    shareDecaySeconds: policy.shareDecaySeconds ?? 0,
    computeReservation: policy.computeReservation ?? 0,
    shareDistribution: shares,
  };
}

function overlap(one: string, other: string): boolean {
  return matches(one, other.replace(/\*$/, '')) || matches(other, one.replace(/\*$/, ''));
}
