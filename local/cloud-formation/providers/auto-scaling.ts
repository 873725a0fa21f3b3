import * as autoscaling from '@aws-sdk/client-auto-scaling';
import { apiInput, without } from '../properties';
import type { DeclaredResource, ProviderContext, ResourceProvider, ResourceState } from '../provider';
import { changeOf, nameOf } from '../provider';
import type { Properties } from '../template';

const autoScalingGroup: ResourceProvider = {
  async create(resource, context) {
    const name = nameOf(resource, 'AutoScalingGroupName', context, 255);
    await context.client(autoscaling.AutoScalingClient).send(
      new autoscaling.CreateAutoScalingGroupCommand(
        apiInput(autoscaling.CreateAutoScalingGroupType$, {
          ...groupProperties(resource),
          AutoScalingGroupName: name,
        }),
      ),
    );
    return stateOf(name, context);
  },
  async update({ physicalId, properties: former }, resource, context) {
    const client = context.client(autoscaling.AutoScalingClient);
    await client.send(
      new autoscaling.UpdateAutoScalingGroupCommand(
        apiInput(autoscaling.UpdateAutoScalingGroupType$, {
          ...without(groupProperties(resource), 'Tags', 'LifecycleHookSpecificationList', 'TrafficSources'),
          AutoScalingGroupName: physicalId,
        }),
      ),
    );
    await replaceTags(physicalId, tagsOf(former), tagsOf(resource.properties), context);
    return stateOf(physicalId, context);
  },
  replaces: changeOf('AutoScalingGroupName', 'InstanceId'),
  async delete({ physicalId: AutoScalingGroupName }, context) {
    const client = context.client(autoscaling.AutoScalingClient);
    // Not `ForceDelete`: CloudFormation empties the group first, which protected instances never let it do.
    await client.send(
      new autoscaling.UpdateAutoScalingGroupCommand({
        AutoScalingGroupName,
        MinSize: 0,
        MaxSize: 0,
        DesiredCapacity: 0,
      }),
    );
    const empty = await context.until(
      async () => ((await group(AutoScalingGroupName, context))?.Instances ?? []).length === 0,
    );
    if (!empty) throw new Error('still has instances');
    await client.send(new autoscaling.DeleteAutoScalingGroupCommand({ AutoScalingGroupName }));
  },
};

/** Properties that reach the API through calls of their own, for features that no pool uses. */
const BESIDE_THE_GROUP = ['MetricsCollection', 'NotificationConfiguration', 'NotificationConfigurations'];

function groupProperties({ properties }: DeclaredResource): Properties {
  const { VPCZoneIdentifier: subnets } = properties;
  return {
    ...without(properties, ...BESIDE_THE_GROUP),
    ...(Array.isArray(subnets) && { VPCZoneIdentifier: subnets.join(',') }),
  };
}

interface GroupTag {
  readonly Key: string;
  readonly Value: string;
  readonly PropagateAtLaunch: boolean;
}

function tagsOf(properties: Properties): readonly GroupTag[] {
  return (properties.Tags ?? []) as readonly GroupTag[];
}

async function replaceTags(
  groupName: string,
  former: readonly GroupTag[],
  tags: readonly GroupTag[],
  context: ProviderContext,
): Promise<void> {
  const client = context.client(autoscaling.AutoScalingClient);
  const ofGroup = { ResourceId: groupName, ResourceType: 'auto-scaling-group' };
  const gone = former.filter(({ Key }) => tags.every((tag) => tag.Key !== Key));
  if (gone.length > 0) {
    await client.send(new autoscaling.DeleteTagsCommand({ Tags: gone.map(({ Key }) => ({ Key, ...ofGroup })) }));
  }
  if (tags.length > 0) {
    await client.send(new autoscaling.CreateOrUpdateTagsCommand({ Tags: tags.map((tag) => ({ ...tag, ...ofGroup })) }));
  }
}

async function group(name: string, context: ProviderContext): Promise<autoscaling.AutoScalingGroup | undefined> {
  const { AutoScalingGroups } = await context
    .client(autoscaling.AutoScalingClient)
    .send(new autoscaling.DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [name] }));
  return AutoScalingGroups?.[0];
}

async function stateOf(name: string, context: ProviderContext): Promise<ResourceState> {
  return { physicalId: name, attributes: { AutoScalingGroupARN: (await group(name, context))?.AutoScalingGroupARN } };
}

export const autoScalingProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::AutoScaling::AutoScalingGroup': autoScalingGroup,
};
