import {
  type Activity,
  type AutoScalingClient,
  type AutoScalingGroup,
  DescribeAutoScalingGroupsCommand,
  DescribeScalingActivitiesCommand,
} from '@aws-sdk/client-auto-scaling';
import { DescribeLaunchTemplateVersionsCommand, type EC2Client, type LaunchTemplateVersion } from '@aws-sdk/client-ec2';
import { countedInstances, mayNotLaunch, newestFailure } from '../../queue-depth-autoscaler/observe/groups';
import { ENVIRONMENT_MAXIMUM_TAG, OPENS_FOR_CPU_JOBS_TAG, POOL_TAG } from '../../../lib/capacity/config';
import { LAUNCH_PATIENCE } from '../report';
import type { PoolObservation } from '../model';

/** Accounts with more are looked at in part: a thousand groups, and two thousand launch templates. */
const MOST_PAGES = 10;
const GROUPS_PER_PAGE = 100;
const TEMPLATES_PER_PAGE = 200;
const ACTIVITIES = 100;
/** A failure counts for as long as a controller may wait before it tries again, and a little more. */
const FAILURE_COUNTS = 35 * 60_000;

/** A group whose instances join an ECS cluster, but for what EC2 says of its types. */
export interface ClusterGroup extends Omit<PoolObservation, 'types'> {
  readonly typeNames: readonly string[];
}

interface Template {
  /** Where its instances' ECS agents register, among much else. */
  readonly userData: string;
  readonly instanceType?: string;
  readonly spot: boolean;
}

export interface GroupClients {
  readonly autoScaling: AutoScalingClient;
  readonly ec2: EC2Client;
}

/**
 * Finds the Auto Scaling groups behind ECS clusters. Nothing in AWS leads from a cluster to groups that have no instances
 * yet, but the launch template of each names the cluster that its instances are to join.
 */
export class GroupFinder {
  /** By id and by name: groups give either. */
  private templates: ReadonlyMap<string, Template> = new Map();

  constructor(private readonly clients: GroupClients) {}

  /**
   * @param clusters names of clusters, each with the EC2 instances that are registered there
   * @returns the groups of each cluster, by its name
   */
  async find(
    clusters: ReadonlyMap<string, ReadonlySet<string>>,
    now: number,
  ): Promise<ReadonlyMap<string, readonly ClusterGroup[]>> {
    const groups = await this.readGroups();
    if (groups.some((group) => !this.templates.has(templateIdOf(group)))) this.templates = await this.readTemplates();
    const found = await Promise.all(
      [...clusters].map(async ([cluster, registered]) => {
        const its = groups.filter((group) => this.joins(group, cluster, registered));
        return [cluster, await Promise.all(its.map((group) => this.observe(group, registered, now)))] as const;
      }),
    );
    return new Map(found);
  }

  private joins(group: AutoScalingGroup, cluster: string, registered: ReadonlySet<string>): boolean {
    const template = this.templates.get(templateIdOf(group));
    return (
      (template?.userData.includes(cluster) ?? false) ||
      (group.Instances ?? []).some(({ InstanceId }) => registered.has(InstanceId!))
    );
  }

  private async observe(group: AutoScalingGroup, registered: ReadonlySet<string>, now: number): Promise<ClusterGroup> {
    const activities = await this.readActivities(group);
    const launches = launchTimes(activities);
    const live = countedInstances(group).filter(({ lifecycle }) => lifecycle !== 'Terminating');
    const absent = live.filter(({ instanceId }) => !registered.has(instanceId));
    const isBooting = ({ instanceId, lifecycle }: (typeof absent)[number]) =>
      lifecycle === 'Pending' || now - (launches.get(instanceId) ?? 0) < LAUNCH_PATIENCE;
    const failure = newestFailure(activities);
    const template = this.templates.get(templateIdOf(group));
    const overrides = group.MixedInstancesPolicy?.LaunchTemplate?.Overrides ?? [];
    const names = [
      ...overrides.map(({ InstanceType }) => InstanceType),
      ...live.map(({ instanceType }) => instanceType),
    ];
    const tag = (key: string): string | undefined => group.Tags?.find(({ Key }) => Key === key)?.Value;
    const opens = tag(OPENS_FOR_CPU_JOBS_TAG);
    const maximum = tag(ENVIRONMENT_MAXIMUM_TAG);
    const typeNames = new Set(overrides.length > 0 ? names : [template?.instanceType, ...names]);
    return {
      name: tag(POOL_TAG) ?? group.AutoScalingGroupName!,
      typeNames: [...typeNames].filter((name): name is string => Boolean(name)),
      spot: isSpot(group, template),
      desired: group.DesiredCapacity!,
      max: group.MaxSize!,
      live: live.length,
      booting: absent.filter(isBooting).length,
      unregistered: absent.filter((instance) => !isBooting(instance)).map(({ instanceId }) => instanceId),
      suspended: mayNotLaunch(group),
      opensForCpuJobs: opens === undefined ? undefined : opens === 'true',
      environmentMaximum: maximum === undefined ? undefined : Number(maximum),
      launchFailure: failure && now - failure.at < FAILURE_COUNTS ? failure : undefined,
    };
  }

  private async readGroups(): Promise<AutoScalingGroup[]> {
    const groups: AutoScalingGroup[] = [];
    let NextToken: string | undefined;
    for (let pages = 0; pages === 0 || (NextToken && pages < MOST_PAGES); pages++) {
      const page = await this.clients.autoScaling.send(
        new DescribeAutoScalingGroupsCommand({ MaxRecords: GROUPS_PER_PAGE, NextToken }),
      );
      groups.push(...(page.AutoScalingGroups ?? []));
      NextToken = page.NextToken;
    }
    return groups;
  }

  /** The newest version of every launch template of the account. */
  private async readTemplates(): Promise<Map<string, Template>> {
    const templates = new Map<string, Template>();
    let NextToken: string | undefined;
    for (let pages = 0; pages === 0 || (NextToken && pages < MOST_PAGES); pages++) {
      const page = await this.clients.ec2.send(
        new DescribeLaunchTemplateVersionsCommand({
          Versions: ['$Latest'],
          MaxResults: TEMPLATES_PER_PAGE,
          NextToken,
        }),
      );
      for (const version of page.LaunchTemplateVersions ?? []) {
        const template = templateOf(version);
        templates.set(version.LaunchTemplateId!, template);
        templates.set(version.LaunchTemplateName!, template);
      }
      NextToken = page.NextToken;
    }
    return templates;
  }

  private async readActivities({ AutoScalingGroupName }: AutoScalingGroup): Promise<Activity[]> {
    const { Activities = [] } = await this.clients.autoScaling.send(
      new DescribeScalingActivitiesCommand({ AutoScalingGroupName, MaxRecords: ACTIVITIES }),
    );
    return Activities;
  }
}

function templateIdOf({ LaunchTemplate, MixedInstancesPolicy }: AutoScalingGroup): string {
  const specification = LaunchTemplate ?? MixedInstancesPolicy?.LaunchTemplate?.LaunchTemplateSpecification;
  return specification?.LaunchTemplateId ?? specification?.LaunchTemplateName ?? '';
}

function templateOf({ LaunchTemplateData: data }: LaunchTemplateVersion): Template {
  return {
    userData: Buffer.from(data?.UserData ?? '', 'base64').toString(),
    instanceType: data?.InstanceType,
    spot: data?.InstanceMarketOptions?.MarketType === 'spot',
  };
}

function isSpot({ MixedInstancesPolicy }: AutoScalingGroup, template: Template | undefined): boolean {
  const distribution = MixedInstancesPolicy?.InstancesDistribution;
  if (!distribution) return template?.spot ?? false;
  const { OnDemandBaseCapacity = 0, OnDemandPercentageAboveBaseCapacity = 100 } = distribution;
  return OnDemandBaseCapacity === 0 && OnDemandPercentageAboveBaseCapacity === 0;
}

/** When each instance was launched; groups do not tell. */
function launchTimes(activities: readonly Activity[]): ReadonlyMap<string, number> {
  return new Map(
    activities.flatMap(({ Description, StartTime }) => {
      const launched = /^Launching a new EC2 instance: (i-\w+)/.exec(Description ?? '')?.[1];
      return launched !== undefined && StartTime ? [[launched, StartTime.getTime()] as const] : [];
    }),
  );
}
