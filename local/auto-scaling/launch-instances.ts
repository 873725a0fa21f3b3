import type {
  InstanceCollection,
  LaunchInstancesError,
  LaunchInstancesRequest,
  LaunchInstancesResult,
} from '@aws-sdk/client-auto-scaling';
import { ServiceError } from '../wire/service';
import { sentenceTime } from './activities';
import { validationError } from './errors';
import type { Group, Member } from './model';
import { zonesOf } from './placement';
import type { Scaler } from './scaler';

const MOST_LAUNCHED = 100;

interface LaunchInstancesParts {
  readonly scaler: Scaler;
  /** What was answered, by client token. */
  readonly launched: Map<string, { request: string; result: LaunchInstancesResult }>;
  readonly now: () => number;
}

/**
 * Launches at once, in one zone, and says how that went; the desired capacity grows by what was launched.
 * @see https://docs.aws.amazon.com/autoscaling/ec2/userguide/launch-instances-synchronously.html
 */
export function launchInstances(
  group: Group,
  input: LaunchInstancesRequest & { ClientToken: string },
  { scaler, launched, now }: LaunchInstancesParts,
): LaunchInstancesResult {
  const request = JSON.stringify(input);
  const before = launched.get(input.ClientToken);
  if (before?.request === request) return before.result;
  if (before) {
    throw new ServiceError(
      'IdempotentParameterMismatch',
      'The parameters do not match those of the previous request with the same client token.',
    );
  }
  const count = input.RequestedCapacity!;
  if (count > MOST_LAUNCHED) throw validationError(`RequestedCapacity must be at most ${MOST_LAUNCHED}.`);
  if (group.suspended.has('Launch')) throw validationError('The Launch process of the group is suspended.');
  if (group.desired + count > group.maxSize) {
    throw validationError(
      `RequestedCapacity ${count} would take the desired capacity of ${group.desired} above max value ${group.maxSize}.`,
    );
  }
  const zone = zoneAsked(group, input);
  const cause =
    `At ${sentenceTime(now())} a user request launched instances synchronously, increasing the capacity from ` +
    `${group.desired} to ${group.desired + count}.`;
  const { members, failures } = scaler.launch(group, count, cause, [zone]);
  group.desired += members.length;
  if (members.length < count && input.RetryStrategy === 'retry-with-group-configuration') {
    scaler.setDesired(group, group.desired + count - members.length, 'a user request launched instances');
  }
  const result = {
    AutoScalingGroupName: group.name,
    ClientToken: input.ClientToken,
    Instances: collections(members),
    Errors: failures.map(({ code, message, spot, instanceType, placement }): LaunchInstancesError => ({
      InstanceType: instanceType,
      MarketType: marketType(spot),
      SubnetId: placement.subnetId,
      AvailabilityZone: placement.availabilityZone,
      ErrorCode: code,
      ErrorMessage: message,
    })),
  };
  launched.set(input.ClientToken, { request, result });
  return result;
}

function zoneAsked(group: Group, input: LaunchInstancesRequest): string {
  const zones = zonesOf(group.settings.placements);
  if (input.AvailabilityZoneIds?.length) throw validationError('The local AWS does not model AvailabilityZoneIds.');
  const bySubnet = input.SubnetIds?.map((id) => {
    const found = group.settings.placements.find(({ subnetId }) => subnetId === id);
    if (!found) throw validationError(`The subnet ${id} is not part of the group.`);
    return found.availabilityZone;
  });
  const asked = input.AvailabilityZones?.[0] ?? bySubnet?.[0] ?? (zones.length === 1 ? zones[0] : undefined);
  if (asked === undefined) {
    throw validationError('Either AvailabilityZones or SubnetIds must be specified for a group with multiple zones.');
  }
  if (!zones.includes(asked)) throw validationError(`The zone ${asked} is not part of the group.`);
  return asked;
}

/** Instances of one type, market and subnet together. */
function collections(members: readonly Member[]): InstanceCollection[] {
  const found = new Map<string, InstanceCollection>();
  for (const { instanceId, instanceType, spot, placement } of members) {
    const key = `${instanceType} ${spot} ${placement.subnetId}`;
    const collection = found.get(key) ?? {
      InstanceType: instanceType,
      MarketType: marketType(spot),
      SubnetId: placement.subnetId,
      AvailabilityZone: placement.availabilityZone,
      InstanceIds: [],
    };
    collection.InstanceIds!.push(instanceId);
    found.set(key, collection);
  }
  return [...found.values()];
}

function marketType(spot: boolean): string {
  return spot ? 'Spot' : 'OnDemand';
}
