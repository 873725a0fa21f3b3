import type { InstanceLauncher, LaunchSources } from '../ports';
import type { Random } from '../simulation/random';
import { ServiceError } from '../wire/service';
import { launchChoices, nextIsSpot } from './launch-plan';
import type { LaunchChoice } from './launch-plan';
import type { Group, Member } from './model';
import type { Placement } from './placement';

/** What is known of an instance the moment it is launched. */
export type LaunchedMember = Omit<Member, 'ordinal' | 'lifecycle' | 'healthy' | 'protectedFromScaleIn' | 'activity'>;

export interface LaunchFailure {
  readonly code: string;
  /** As the status message of the activity has it. */
  readonly message: string;
  readonly spot: boolean;
  readonly instanceType?: string;
  readonly placement: Placement;
}

export interface LaunchTry {
  /**
   * Launches one instance in the first zone that has room, of the first type that it has room for.
   * @returns nothing when all that is left has failed
   */
  launch(zones: readonly string[], live: readonly Member[]): LaunchedMember | undefined;
  /** One for each zone that failed. */
  readonly failures: readonly LaunchFailure[];
}

/** A series of launches in one moment: what failed once is not tried again in it. */
export function launchTry(group: Group, ec2: InstanceLauncher & LaunchSources, random: Random): LaunchTry {
  const { settings } = group;
  const choices = launchChoices(settings);
  const failed = new Set<string>();
  const failures: LaunchFailure[] = [];

  const launch = (zones: readonly string[], live: readonly Member[]): LaunchedMember | undefined => {
    const spot = nextIsSpot(settings, live);
    for (const zone of zones) {
      const key = `${zone} ${spot}`;
      if (failed.has(key)) continue;
      const subnets = settings.placements.filter(({ availabilityZone }) => availabilityZone === zone);
      const placement = subnets[random.integer(subnets.length)]!;
      let failure: LaunchFailure | undefined;
      for (const choice of choices) {
        const outcome = launchOne(group, ec2, choice, placement, spot);
        if ('instanceId' in outcome) return outcome;
        failure ??= outcome;
      }
      failed.add(key);
      failures.push(failure!);
    }
    return undefined;
  };
  return { launch, failures };
}

function launchOne(
  group: Group,
  ec2: InstanceLauncher & LaunchSources,
  choice: LaunchChoice,
  placement: Placement,
  wantsSpot: boolean | undefined,
): LaunchedMember | LaunchFailure {
  let { instanceType } = choice;
  let spot = wantsSpot ?? false;
  try {
    const template = ec2.launchTemplate(choice.template);
    instanceType ??= template.instanceType;
    spot = wantsSpot ?? template.spot;
    const { launchTemplateId, launchTemplateName, version, imageId } = template;
    const { instanceId, launchTime } = ec2.launch({
      instanceType: instanceType ?? '',
      imageId,
      userData: template.userData,
      availabilityZone: placement.availabilityZone,
      subnetId: placement.subnetId,
      spot,
      instanceProfile: template.instanceProfile,
      launchTemplate: { launchTemplateId, version },
      tags: {
        ...template.tags,
        ...propagatedTags(group),
        'aws:autoscaling:groupName': group.name,
        'aws:ec2launchtemplate:id': launchTemplateId,
        'aws:ec2launchtemplate:version': version,
      },
      requester: `autoscaling:${group.name}`,
    });
    return {
      instanceId,
      instanceType: instanceType ?? '',
      imageId,
      placement,
      spot,
      launchedAt: launchTime,
      launchTemplateId,
      launchTemplateName,
      launchTemplateVersion: version,
    };
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const sentence = error.message.endsWith('.') ? error.message : `${error.message}.`;
    const market = spot ? 'Spot' : 'On-Demand';
    const message = group.settings.mixedInstancesPolicy
      ? `Could not launch ${market} Instances. ${error.code} - ${sentence}`
      : sentence;
    return { code: error.code, message, spot, instanceType, placement };
  }
}

function propagatedTags(group: Group): Record<string, string> {
  return Object.fromEntries(
    [...group.tags].filter(([, tag]) => tag.propagateAtLaunch).map(([key, { value }]) => [key, value]),
  );
}
