import type { Member } from './model';

const HOUR_MILLISECONDS = 3_600_000;

/** What a choice goes by. */
export type Candidate = Pick<
  Member,
  | 'instanceId'
  | 'placement'
  | 'spot'
  | 'lifecycle'
  | 'protectedFromScaleIn'
  | 'launchedAt'
  | 'launchTemplateId'
  | 'launchTemplateVersion'
>;

export interface TerminationChoice {
  /** Pending and in service, in the order they were launched. */
  readonly live: readonly Candidate[];
  readonly policies: readonly string[];
  /** Of a mixed group: whether a Spot Instance has to go. */
  readonly spot?: boolean;
  /** The group's present template; instances of another are older. */
  readonly launchTemplateId?: string;
  readonly now: number;
}

/**
 * Which instance a group ends when it has one too many: the purchase option that is above its share, the zone with the
 * most instances, then the policies one after the other, then the oldest. Protection begins with `InService`.
 * @returns undefined when all are protected
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-termination-policies.html
 */
export function chooseForTermination(choice: TerminationChoice): Candidate | undefined {
  const { live, spot } = choice;
  const open = live.filter((member) => member.lifecycle === 'Pending' || !member.protectedFromScaleIn);
  const ofOption = spot === undefined ? open : open.filter((member) => member.spot === spot);
  const eligible = ofOption.length > 0 ? ofOption : open;
  const policies = [...choice.policies, 'Default'];
  return policies.reduce((left, policy) => byPolicy(policy, left, choice), fullestZones(eligible, live))[0];
}

function fullestZones(eligible: readonly Candidate[], live: readonly Candidate[]): readonly Candidate[] {
  const sizes = new Map<string, number>();
  for (const { placement } of live) {
    sizes.set(placement.availabilityZone, (sizes.get(placement.availabilityZone) ?? 0) + 1);
  }
  return extreme(eligible, ({ placement }) => -sizes.get(placement.availabilityZone)!);
}

function byPolicy(policy: string, left: readonly Candidate[], choice: TerminationChoice): readonly Candidate[] {
  const version = (member: Candidate): number =>
    member.launchTemplateId === choice.launchTemplateId ? Number(member.launchTemplateVersion) : 0;
  const toNextHour = ({ launchedAt }: Candidate): number =>
    HOUR_MILLISECONDS - ((choice.now - launchedAt) % HOUR_MILLISECONDS);
  switch (policy) {
    case 'Default':
      return extreme(extreme(left, version), toNextHour);
    case 'OldestLaunchTemplate':
      return extreme(left, version);
    case 'ClosestToNextInstanceHour':
      return extreme(left, toNextHour);
    case 'OldestInstance':
      return extreme(left, ({ launchedAt }) => launchedAt);
    case 'NewestInstance':
      return extreme(left, ({ launchedAt }) => -launchedAt);
    default:
      // OldestLaunchConfiguration and AllocationStrategy find nothing to prefer here.
      return left;
  }
}

/** Those with the smallest value, in their order. */
function extreme(candidates: readonly Candidate[], value: (member: Candidate) => number): readonly Candidate[] {
  const least = Math.min(...candidates.map(value));
  return candidates.filter((member) => value(member) === least);
}
