import type { InstanceLauncher, LaunchSources, TerminationCause } from '../ports';
import type { Random } from '../simulation/random';
import type { World } from '../world';
import { sentenceTime } from './activities';
import type { Activity } from './activities';
import { publishLaunch, publishTermination } from './events';
import { launchTry } from './launch-try';
import type { LaunchFailure } from './launch-try';
import { onDemandShare, zonesByNeed } from './launch-plan';
import { liveMembers } from './model';
import type { Group, Member } from './model';
import { chooseForTermination } from './termination-policy';

/** The longest wait between two tries of a failing launch. */
const LONGEST_RETRY_SECONDS = 900;
/** How long a group leaves its zones unbalanced before it looks again. */
const REBALANCE_SECONDS = 60;

export interface ScalerParts {
  readonly world: World;
  readonly random: Random;
  readonly ec2: InstanceLauncher & LaunchSources;
  /** Told when a force-deleted group has lost its last instance. */
  readonly onEmptied: (group: Group) => void;
}

/** Moves each group towards its desired capacity, whatever the reason that it is not there. */
export class Scaler {
  private readonly membership = new Map<string, { group: Group; member: Member }>();
  private launched = 0;

  constructor(private readonly parts: ScalerParts) {
    parts.ec2.onStateChange(({ instanceId, state }) => {
      const found = this.membership.get(instanceId);
      if (!found) return;
      const { group, member } = found;
      if (state === 'running') this.enterService(group, member);
      else if (member.lifecycle === 'Terminating') {
        if (state === 'terminated') this.leave(group, member);
      } else if (state === 'shutting-down') {
        // Gone without the group's doing: it learns of it with its next health check.
        this.after(parts.world.settings.healthCheckSeconds, () => this.checkHealth(group));
      }
    });
  }

  find(instanceId: string): { group: Group; member: Member } | undefined {
    return this.membership.get(instanceId);
  }

  /** @param request the sentence about whoever asks */
  setDesired(group: Group, desired: number, request: string): void {
    const { scaling } = group;
    scaling.request = `At ${this.time()} ${request} changing the desired capacity from ${group.desired} to ${desired}.  `;
    group.desired = desired;
    scaling.launchFailures = 0;
    scaling.retryAt = 0;
    scaling.heldByProtection = undefined;
    this.soon(group);
  }

  /** Has the group look at itself after the usual delay, once for all that happens until then. */
  soon(group: Group, seconds = this.parts.world.settings.scalingDelaySeconds): void {
    const { scaling } = group;
    const at = this.parts.world.clock.now() + seconds * 1000;
    if (scaling.next && scaling.next.at <= at) return;
    scaling.next?.timer.cancel();
    const timer = this.after(seconds, () => {
      scaling.next = undefined;
      this.reconcile(group);
    });
    scaling.next = { at, timer };
  }

  /** Ends one instance now. */
  terminate(group: Group, member: Member, cause: string, why: TerminationCause): Activity {
    if (member.activity) group.activities.end(member.activity, 'Cancelled', 'The instance was terminated.');
    const { instanceId, placement } = member;
    member.lifecycle = 'Terminating';
    if (group.scaling.balancing === instanceId) group.scaling.balancing = undefined;
    const activity = group.activities.begin(`Terminating EC2 instance: ${instanceId}`, cause, placement);
    member.activity = activity;
    if (this.parts.ec2.get(instanceId)?.state === 'terminated') this.leave(group, member);
    else this.parts.ec2.terminate(instanceId, `${group.name}: ${cause.trim()}`, why);
    this.soon(group);
    return activity;
  }

  /** Lets go of an instance, which runs on. */
  detach(group: Group, member: Member): void {
    group.members.delete(member.instanceId);
    this.membership.delete(member.instanceId);
    this.soon(group);
  }

  /** Marks what is not running any more, and replaces what is marked, as far as the processes are not suspended. */
  checkHealth(group: Group): void {
    for (const member of liveMembers(group)) {
      const state = this.parts.ec2.get(member.instanceId)?.state;
      const gone = state !== 'pending' && state !== 'running';
      if (gone && !group.suspended.has('HealthCheck')) member.healthy = false;
      if (member.healthy || group.suspended.has('ReplaceUnhealthy') || group.suspended.has('Terminate')) continue;
      const reason = gone
        ? 'an EC2 health check indicating it has been terminated or stopped.'
        : 'a user health-check.';
      const cause = `At ${this.time()} an instance was taken out of service in response to ${reason}`;
      this.terminate(group, member, cause, 'user-request');
    }
  }

  /**
   * Launches up to so many instances now.
   * @param zones those to try, in order; by default those with the fewest instances first
   * @returns the instances, and the failures, one for each zone
   */
  launch(
    group: Group,
    count: number,
    cause: string,
    zones?: readonly string[],
  ): { members: Member[]; failures: readonly LaunchFailure[] } {
    const attempt = launchTry(group, this.parts.ec2, this.parts.random);
    const members: Member[] = [];
    while (members.length < count) {
      const live = liveMembers(group);
      const order = zones ?? zonesByNeed(group.settings.placements, live).map((zone) => zone.availabilityZone);
      const launched = attempt.launch(order, live);
      if (!launched) break;
      const { instanceId, placement } = launched;
      const activity = group.activities.begin(`Launching a new EC2 instance: ${instanceId}`, cause, placement);
      const member: Member = {
        ...launched,
        ordinal: this.launched++,
        lifecycle: 'Pending',
        healthy: true,
        protectedFromScaleIn: group.settings.newInstancesProtected,
        activity,
      };
      group.members.set(instanceId, member);
      this.membership.set(instanceId, { group, member });
      members.push(member);
    }
    for (const { message, placement } of attempt.failures) {
      const status = `${message} Launching EC2 instance failed.`;
      const description = `Launching a new EC2 instance.  Status Reason: ${status}`;
      publishLaunch(this.parts.world, group.activities.record('Failed', description, cause, status, placement));
    }
    return { members, failures: attempt.failures };
  }

  private reconcile(group: Group): void {
    if (group.deleting) return;
    const live = liveMembers(group).length;
    const wanted = group.desired + (group.scaling.balancing === undefined ? 0 : 1);
    if (live < wanted) this.launchMissing(group, wanted - live);
    else if (live > wanted) this.terminateExcess(group, live - wanted);
    else {
      group.scaling.request = '';
      this.rebalance(group);
    }
  }

  private launchMissing(group: Group, count: number): void {
    const { scaling } = group;
    const { world } = this.parts;
    if (group.suspended.has('Launch')) return;
    const now = world.clock.now();
    if (now < scaling.retryAt) return this.soon(group, (scaling.retryAt - now) / 1000);
    const before = liveMembers(group).length;
    const { members } = this.launch(
      group,
      count,
      `${scaling.request}At ${this.time()} an instance was started in response to a difference between desired and ` +
        `actual capacity, increasing the capacity from ${before} to ${before + count}.`,
    );
    if (members.length === count) {
      scaling.launchFailures = 0;
      return;
    }
    const wait = Math.min(LONGEST_RETRY_SECONDS, world.settings.launchRetrySeconds * 2 ** scaling.launchFailures);
    scaling.launchFailures++;
    scaling.retryAt = now + wait * 1000;
    this.soon(group, wait);
  }

  private terminateExcess(group: Group, count: number): void {
    if (group.suspended.has('Terminate')) return;
    const { scaling } = group;
    let live = liveMembers(group);
    for (let left = count; left > 0; left--) {
      const member = this.choose(group, live);
      if (!member) return this.holdBack(group);
      const cause =
        `${scaling.request}At ${this.time()} an instance was taken out of service in response to a difference between ` +
        `desired and actual capacity, shrinking the capacity from ${live.length} to ${live.length - 1}.  ` +
        `At ${this.time()} instance ${member.instanceId} was selected for termination.`;
      this.terminate(group, member, cause, 'scale-in');
      live = live.filter((one) => one !== member);
    }
    scaling.heldByProtection = undefined;
  }

  private choose(group: Group, live: readonly Member[]): Member | undefined {
    const { settings } = group;
    const onDemand = live.filter(({ spot }) => !spot).length;
    const chosen = chooseForTermination({
      live,
      policies: settings.terminationPolicies,
      spot: settings.mixedInstancesPolicy && onDemand <= onDemandShare(settings, live.length - 1),
      launchTemplateId: live[live.length - 1]?.launchTemplateId,
      now: this.parts.world.clock.now(),
    });
    return chosen && group.members.get(chosen.instanceId);
  }

  private holdBack(group: Group): void {
    if (group.scaling.heldByProtection === group.desired) return;
    group.scaling.heldByProtection = group.desired;
    const message = 'Could not scale to desired capacity because all remaining instances are protected from scale-in.';
    const cause = `${group.scaling.request}At ${this.time()} group reached equilibrium.`;
    group.activities.record('Cancelled', message, cause, message);
  }

  /** One instance at a time: launched where there are fewest; the scale-in that follows takes one where there are most. */
  private rebalance(group: Group): void {
    const { scaling, settings, suspended } = group;
    const live = liveMembers(group);
    if (suspended.has('AZRebalance') || suspended.has('Launch')) return;
    if (live.some(({ lifecycle }) => lifecycle === 'Pending')) return;
    const zones = zonesByNeed(settings.placements, live);
    const [fewest, most] = [zones[0]!, zones[zones.length - 1]!];
    const givesWay = (member: Member): boolean =>
      member.placement.availabilityZone === most.availabilityZone && !member.protectedFromScaleIn;
    if (most.count - fewest.count < 2 || !live.some(givesWay)) return;
    const now = this.parts.world.clock.now();
    if (now < scaling.rebalanceAt) return this.soon(group, (scaling.rebalanceAt - now) / 1000);
    scaling.rebalanceAt = now + REBALANCE_SECONDS * 1000;
    const cause =
      `At ${this.time()} instances were launched to balance instances in zones ${fewest.availabilityZone} with other ` +
      'zones resulting in more than desired number of instances in the group.';
    const { members } = this.launch(group, 1, cause, [fewest.availabilityZone]);
    scaling.balancing = members[0]?.instanceId;
    if (!members[0]) this.soon(group, REBALANCE_SECONDS);
  }

  private enterService(group: Group, member: Member): void {
    if (member.lifecycle !== 'Pending') return;
    member.lifecycle = 'InService';
    if (member.activity) {
      group.activities.end(member.activity, 'Successful');
      publishLaunch(this.parts.world, member.activity, member.instanceId);
      member.activity = undefined;
    }
    if (group.scaling.balancing === member.instanceId) group.scaling.balancing = undefined;
    this.soon(group);
  }

  private leave(group: Group, member: Member): void {
    group.members.delete(member.instanceId);
    this.membership.delete(member.instanceId);
    if (member.activity) {
      group.activities.end(member.activity, 'Successful');
      publishTermination(this.parts.world, member.activity, member.instanceId);
    }
    if (group.deleting && group.members.size === 0) this.parts.onEmptied(group);
    this.soon(group);
  }

  private after(seconds: number, action: () => void): ReturnType<World['clock']['after']> {
    return this.parts.world.clock.after(seconds * 1000, action);
  }

  private time(): string {
    return sentenceTime(this.parts.world.clock.now());
  }
}
