import * as ec2 from '@aws-sdk/client-ec2';
import { apiInput, only } from '../properties';
import type { DeclaredResource, ResourceProvider, ResourceState } from '../provider';
import { changeOf, nameOf } from '../provider';
import type { Properties } from '../template';

const launchTemplate: ResourceProvider = {
  async create(resource, context) {
    const { LaunchTemplate: made } = await context.client(ec2.EC2Client).send(
      new ec2.CreateLaunchTemplateCommand(
        apiInput(ec2.CreateLaunchTemplateRequest$, {
          ...resource.properties,
          LaunchTemplateName: nameOf(resource, 'LaunchTemplateName', context, 125),
        }),
      ),
    );
    return launchTemplateState(made!.LaunchTemplateId!, made!.DefaultVersionNumber!, made!.LatestVersionNumber!);
  },
  async update({ physicalId, attributes }, resource, context) {
    const { LaunchTemplateVersion: made } = await context.client(ec2.EC2Client).send(
      new ec2.CreateLaunchTemplateVersionCommand(
        apiInput(ec2.CreateLaunchTemplateVersionRequest$, {
          ...only(resource.properties, 'LaunchTemplateData', 'VersionDescription'),
          LaunchTemplateId: physicalId,
        }),
      ),
    );
    // CloudFormation leaves the default version where it is.
    return launchTemplateState(physicalId, Number(attributes!.DefaultVersionNumber), made!.VersionNumber!);
  },
  replaces: changeOf('LaunchTemplateName', 'TagSpecifications'),
  async delete({ physicalId }, context) {
    await context.client(ec2.EC2Client).send(new ec2.DeleteLaunchTemplateCommand({ LaunchTemplateId: physicalId }));
  },
};

function launchTemplateState(id: string, defaultVersion: number, latestVersion: number): ResourceState {
  return {
    physicalId: id,
    attributes: {
      LaunchTemplateId: id,
      DefaultVersionNumber: String(defaultVersion),
      LatestVersionNumber: String(latestVersion),
    },
  };
}

const vpc: ResourceProvider = {
  async create({ properties }, context) {
    const client = context.client(ec2.EC2Client);
    const { Vpc: made } = await client.send(
      new ec2.CreateVpcCommand(
        apiInput(ec2.CreateVpcRequest$, {
          ...only(properties, 'CidrBlock', 'InstanceTenancy'),
          ...tagSpecifications('vpc', properties),
        }),
      ),
    );
    const { VpcId, CidrBlock } = made!;
    const Filters = [
      { Name: 'vpc-id', Values: [VpcId!] },
      { Name: 'group-name', Values: ['default'] },
    ];
    const { SecurityGroups } = await client.send(new ec2.DescribeSecurityGroupsCommand({ Filters }));
    const DefaultSecurityGroup = SecurityGroups?.[0]?.GroupId;
    return { physicalId: VpcId!, attributes: { VpcId, CidrBlock, DefaultSecurityGroup } };
  },
  replaces: changeOf('CidrBlock'),
  update: unchanged,
  async delete({ physicalId }, context) {
    await context.client(ec2.EC2Client).send(new ec2.DeleteVpcCommand({ VpcId: physicalId }));
  },
};

const subnet: ResourceProvider = {
  async create({ properties }, context) {
    const { Subnet: made } = await context.client(ec2.EC2Client).send(
      new ec2.CreateSubnetCommand(
        apiInput(ec2.CreateSubnetRequest$, {
          ...only(properties, 'AvailabilityZone', 'CidrBlock', 'VpcId'),
          ...tagSpecifications('subnet', properties),
        }),
      ),
    );
    const { SubnetId, VpcId, AvailabilityZone, CidrBlock } = made!;
    return { physicalId: SubnetId!, attributes: { SubnetId, VpcId, AvailabilityZone, CidrBlock } };
  },
  replaces: changeOf('AvailabilityZone', 'CidrBlock', 'VpcId'),
  update: unchanged,
  async delete({ physicalId }, context) {
    await context.client(ec2.EC2Client).send(new ec2.DeleteSubnetCommand({ SubnetId: physicalId }));
  },
};

const securityGroup: ResourceProvider = {
  async create(resource, context) {
    const { properties } = resource;
    const { GroupId } = await context.client(ec2.EC2Client).send(
      new ec2.CreateSecurityGroupCommand(
        apiInput(ec2.CreateSecurityGroupRequest$, {
          GroupName: nameOf(resource, 'GroupName', context, 255),
          Description: properties.GroupDescription,
          ...only(properties, 'VpcId'),
          ...tagSpecifications('security-group', properties),
        }),
      ),
    );
    return { physicalId: GroupId!, attributes: { GroupId, Id: GroupId, VpcId: properties.VpcId } };
  },
  replaces: changeOf('GroupName', 'GroupDescription', 'VpcId'),
  update: unchanged,
  async delete({ physicalId }, context) {
    await context.client(ec2.EC2Client).send(new ec2.DeleteSecurityGroupCommand({ GroupId: physicalId }));
  },
};

/** What else can be changed has no effect here: no packets travel. */
async function unchanged(existing: ResourceState, _resource: DeclaredResource): Promise<ResourceState> {
  return { physicalId: existing.physicalId, attributes: existing.attributes };
}

function tagSpecifications(resourceType: string, { Tags }: Properties): Properties {
  return Tags === undefined ? {} : { TagSpecifications: [{ ResourceType: resourceType, Tags }] };
}

export const ec2Providers: Readonly<Record<string, ResourceProvider>> = {
  'AWS::EC2::LaunchTemplate': launchTemplate,
  'AWS::EC2::VPC': vpc,
  'AWS::EC2::Subnet': subnet,
  'AWS::EC2::SecurityGroup': securityGroup,
};
