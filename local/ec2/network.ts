import type {
  AuthorizeSecurityGroupEgressRequest,
  AuthorizeSecurityGroupIngressRequest,
  CreateSecurityGroupRequest,
  CreateSecurityGroupResult,
  CreateSubnetRequest,
  CreateSubnetResult,
  CreateVpcRequest,
  CreateVpcResult,
  DeleteSecurityGroupRequest,
  DeleteSubnetRequest,
  DeleteVpcRequest,
  DescribeAvailabilityZonesRequest,
  DescribeAvailabilityZonesResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  DescribeSubnetsRequest,
  DescribeSubnetsResult,
  DescribeVpcsRequest,
  DescribeVpcsResult,
  IpPermission,
  SecurityGroup,
  Subnet,
  TagSpecification,
  Vpc,
} from '@aws-sdk/client-ec2';
import { arn } from '../world';
import type { World } from '../world';
import { ServiceError } from '../wire/service';
import type { Operation } from '../wire/service';
import { availabilityZones, zoneId } from './availability-zones';
import { filtered } from './filters';
import type { FilterFields } from './filters';
import type { Tags } from './tags';

/** VPCs, subnets and security groups: as much as placing an instance in a zone needs. Nothing is routed. */
export class Network {
  private readonly vpcs = new Map<string, Vpc>();
  private readonly subnets = new Map<string, Subnet>();
  private readonly securityGroups = new Map<string, SecurityGroup>();
  private readonly random;

  constructor(
    private readonly world: World,
    private readonly tags: Tags,
  ) {
    this.random = world.random.fork();
    const vpc = this.addVpc('172.31.0.0/16', true);
    availabilityZones(world.region).forEach((zone, index) =>
      this.addSubnet(this.newId('subnet'), vpc.VpcId!, zone, `172.31.${index * 16}.0/20`, true),
    );
  }

  availabilityZoneOf(subnetId: string): string | undefined {
    return this.subnets.get(subnetId)?.AvailabilityZone;
  }

  vpcOf(subnetId: string): string | undefined {
    return this.subnets.get(subnetId)?.VpcId;
  }

  /** The default subnet of a zone, the first zone when none is named. */
  defaultSubnet(availabilityZone = availabilityZones(this.world.region)[0]): Subnet | undefined {
    return [...this.subnets.values()].find((one) => one.DefaultForAz && one.AvailabilityZone === availabilityZone);
  }

  /** Takes in a VPC that the account has had before any stack. */
  adoptVpc(vpcId: string): void {
    if (!this.vpcs.has(vpcId)) this.addVpc('10.0.0.0/16', false, undefined, vpcId);
  }

  /** Takes in a subnet that the account has had before any stack: one of an imported VPC. */
  adoptSubnet(subnetId: string, availabilityZone: string): void {
    if (!this.subnets.has(subnetId)) {
      this.addSubnet(subnetId, [...this.vpcs.keys()][0]!, availabilityZone, '10.0.0.0/16', false);
    }
  }

  readonly operations: Readonly<Record<string, Operation>> = {
    DescribeAvailabilityZones: (input: DescribeAvailabilityZonesRequest): DescribeAvailabilityZonesResult => ({
      AvailabilityZones: availabilityZones(this.world.region)
        .filter((zone) => input.ZoneNames?.includes(zone) ?? true)
        .map((zone) => ({
          ZoneName: zone,
          ZoneId: zoneId(zone),
          RegionName: this.world.region,
          GroupName: this.world.region,
          NetworkBorderGroup: this.world.region,
          ZoneType: 'availability-zone',
          State: 'available',
          OptInStatus: 'opt-in-not-required',
        })),
    }),

    CreateVpc: (input: CreateVpcRequest): CreateVpcResult => {
      if (input.CidrBlock === undefined) throw missing('cidrBlock');
      const vpc = this.addVpc(input.CidrBlock, false, input.TagSpecifications);
      return { Vpc: this.tagged(vpc, vpc.VpcId!) };
    },
    DescribeVpcs: (input: DescribeVpcsRequest): DescribeVpcsResult => ({
      Vpcs: this.described(this.vpcs, input.VpcIds, input.Filters, VPC_FILTERS, 'VpcId', 'vpc'),
    }),
    DeleteVpc: (input: DeleteVpcRequest) => {
      const id = existing(this.vpcs, input.VpcId!, 'vpc').VpcId!;
      const inUse =
        [...this.subnets.values()].some((subnet) => subnet.VpcId === id) ||
        [...this.securityGroups.values()].some((group) => group.VpcId === id && group.GroupName !== 'default');
      if (inUse) throw dependencyViolation(id);
      for (const group of this.securityGroups.values()) {
        if (group.VpcId === id) this.remove(this.securityGroups, group.GroupId!);
      }
      this.remove(this.vpcs, id);
    },

    CreateSubnet: (input: CreateSubnetRequest): CreateSubnetResult => {
      const vpc = existing(this.vpcs, input.VpcId!, 'vpc');
      const zones = availabilityZones(this.world.region);
      const zone = input.AvailabilityZone ?? zones.find((one) => zoneId(one) === input.AvailabilityZoneId) ?? zones[0]!;
      if (!zones.includes(zone)) {
        throw new ServiceError(
          'InvalidParameterValue',
          `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the ` +
            `following availability zones: ${zones.join(', ')}.`,
        );
      }
      if (input.CidrBlock === undefined) throw missing('cidrBlock');
      const id = this.newId('subnet');
      const subnet = this.addSubnet(id, vpc.VpcId!, zone, input.CidrBlock, false, input.TagSpecifications);
      return { Subnet: this.tagged(subnet, id) };
    },
    DescribeSubnets: (input: DescribeSubnetsRequest): DescribeSubnetsResult => ({
      Subnets: this.described(this.subnets, input.SubnetIds, input.Filters, SUBNET_FILTERS, 'SubnetId', 'subnet'),
    }),
    DeleteSubnet: (input: DeleteSubnetRequest) => {
      this.remove(this.subnets, existing(this.subnets, input.SubnetId!, 'subnet').SubnetId!);
    },

    CreateSecurityGroup: (input: CreateSecurityGroupRequest): CreateSecurityGroupResult => {
      const vpcId = input.VpcId ?? [...this.vpcs.values()].find((vpc) => vpc.IsDefault)?.VpcId ?? '';
      existing(this.vpcs, vpcId, 'vpc');
      const name = input.GroupName!;
      const taken = [...this.securityGroups.values()].some((one) => one.VpcId === vpcId && one.GroupName === name);
      if (taken) {
        throw new ServiceError(
          'InvalidGroup.Duplicate',
          `The security group '${name}' already exists for VPC '${vpcId}'`,
        );
      }
      const group = this.addSecurityGroup(vpcId, name, input.Description!, input.TagSpecifications);
      const { GroupId, SecurityGroupArn } = group;
      return { GroupId, SecurityGroupArn, Tags: this.tags.of(GroupId!) };
    },
    DescribeSecurityGroups: (input: DescribeSecurityGroupsRequest): DescribeSecurityGroupsResult => ({
      SecurityGroups: this.described(
        this.securityGroups,
        input.GroupIds,
        input.Filters,
        SECURITY_GROUP_FILTERS,
        'GroupId',
        'security-group',
      ),
    }),
    AuthorizeSecurityGroupIngress: (input: AuthorizeSecurityGroupIngressRequest) => {
      const group = existing(this.securityGroups, input.GroupId!, 'security-group');
      group.IpPermissions = [...(group.IpPermissions ?? []), ...(input.IpPermissions ?? [])];
      return { Return: true };
    },
    AuthorizeSecurityGroupEgress: (input: AuthorizeSecurityGroupEgressRequest) => {
      const group = existing(this.securityGroups, input.GroupId!, 'security-group');
      group.IpPermissionsEgress = [...(group.IpPermissionsEgress ?? []), ...(input.IpPermissions ?? [])];
      return { Return: true };
    },
    DeleteSecurityGroup: (input: DeleteSecurityGroupRequest) => {
      const { GroupId } = existing(this.securityGroups, input.GroupId!, 'security-group');
      this.remove(this.securityGroups, GroupId!);
      return { Return: true, GroupId };
    },
  };

  private addVpc(cidr: string, isDefault: boolean, tags?: TagSpecification[], id = this.newId('vpc')): Vpc {
    const vpc: Vpc = {
      VpcId: id,
      CidrBlock: cidr,
      IsDefault: isDefault,
      State: 'available',
      OwnerId: this.world.accountId,
      InstanceTenancy: 'default',
    };
    this.vpcs.set(vpc.VpcId!, vpc);
    this.tags.register(vpc.VpcId!, 'vpc', tags);
    this.addSecurityGroup(vpc.VpcId!, 'default', 'default VPC security group');
    return vpc;
  }

  private addSubnet(
    id: string,
    vpcId: string,
    zone: string,
    cidr: string,
    isDefault: boolean,
    tags?: TagSpecification[],
  ): Subnet {
    const subnet: Subnet = {
      SubnetId: id,
      SubnetArn: arn(this.world, 'ec2', `subnet/${id}`),
      VpcId: vpcId,
      AvailabilityZone: zone,
      AvailabilityZoneId: zoneId(zone),
      CidrBlock: cidr,
      DefaultForAz: isDefault,
      MapPublicIpOnLaunch: isDefault,
      State: 'available',
      OwnerId: this.world.accountId,
    };
    this.subnets.set(id, subnet);
    this.tags.register(id, 'subnet', tags);
    return subnet;
  }

  private addSecurityGroup(vpcId: string, name: string, description: string, tags?: TagSpecification[]): SecurityGroup {
    const id = this.newId('sg');
    const group: SecurityGroup = {
      GroupId: id,
      SecurityGroupArn: arn(this.world, 'ec2', `security-group/${id}`),
      GroupName: name,
      Description: description,
      VpcId: vpcId,
      OwnerId: this.world.accountId,
      IpPermissions: [],
      IpPermissionsEgress: [ALL_TRAFFIC],
    };
    this.securityGroups.set(id, group);
    this.tags.register(id, 'security-group', tags);
    return group;
  }

  private described<T extends object, K extends keyof T>(
    resources: ReadonlyMap<string, T>,
    ids: readonly string[] | undefined,
    filters: DescribeVpcsRequest['Filters'],
    fields: FilterFields<T>,
    idMember: K,
    kind: ResourceKind,
  ): T[] {
    const items = ids?.map((id) => existing(resources, id, kind)) ?? [...resources.values()];
    const idOf = (item: T): string => String(item[idMember]);
    return filtered(items, filters, fields, (item) => this.tags.of(idOf(item))).map((item) =>
      this.tagged(item, idOf(item)),
    );
  }

  private tagged<T extends object>(item: T, id: string): T {
    return { ...item, Tags: this.tags.of(id) };
  }

  private remove(resources: Map<string, unknown>, id: string): void {
    resources.delete(id);
    this.tags.remove(id);
  }

  private newId(prefix: string): string {
    return `${prefix}-${this.random.hex(17)}`;
  }
}

const ALL_TRAFFIC: IpPermission = { IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] };

const VPC_FILTERS: FilterFields<Vpc> = {
  'vpc-id': (vpc) => vpc.VpcId,
  cidr: (vpc) => vpc.CidrBlock,
  state: (vpc) => vpc.State,
  'is-default': (vpc) => String(vpc.IsDefault),
  isDefault: (vpc) => String(vpc.IsDefault),
  'owner-id': (vpc) => vpc.OwnerId,
};

const SUBNET_FILTERS: FilterFields<Subnet> = {
  'subnet-id': (subnet) => subnet.SubnetId,
  'vpc-id': (subnet) => subnet.VpcId,
  'availability-zone': (subnet) => subnet.AvailabilityZone,
  'availability-zone-id': (subnet) => subnet.AvailabilityZoneId,
  'default-for-az': (subnet) => String(subnet.DefaultForAz),
  'cidr-block': (subnet) => subnet.CidrBlock,
  state: (subnet) => subnet.State,
};

const SECURITY_GROUP_FILTERS: FilterFields<SecurityGroup> = {
  'group-id': (group) => group.GroupId,
  'group-name': (group) => group.GroupName,
  'vpc-id': (group) => group.VpcId,
  description: (group) => group.Description,
};

type ResourceKind = 'vpc' | 'subnet' | 'security-group';

const NOT_FOUND: Readonly<Record<ResourceKind, { code: string; noun: string }>> = {
  vpc: { code: 'InvalidVpcID.NotFound', noun: 'vpc ID' },
  subnet: { code: 'InvalidSubnetID.NotFound', noun: 'subnet ID' },
  'security-group': { code: 'InvalidGroup.NotFound', noun: 'security group' },
};

function existing<T>(resources: ReadonlyMap<string, T>, id: string, kind: ResourceKind): T {
  const found = resources.get(id);
  if (!found) throw new ServiceError(NOT_FOUND[kind].code, `The ${NOT_FOUND[kind].noun} '${id}' does not exist`);
  return found;
}

function dependencyViolation(vpcId: string): ServiceError {
  return new ServiceError('DependencyViolation', `The vpc '${vpcId}' has dependencies and cannot be deleted.`);
}

function missing(parameter: string): ServiceError {
  return new ServiceError('MissingParameter', `The request must contain the parameter ${parameter}`);
}
