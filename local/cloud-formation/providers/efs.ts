import * as ec2 from '@aws-sdk/client-ec2';
import { arn } from '../../world';
import type { ProviderContext, ResourceProvider } from '../provider';
import { changeOf } from '../provider';

const unchanged: NonNullable<ResourceProvider['update']> = async ({ physicalId, attributes }) => ({
  physicalId,
  attributes,
});

const fileSystem: ResourceProvider = {
  async create(_resource, { fileSystems, random, world }) {
    const FileSystemId = `fs-${random.hex(17)}`;
    fileSystems.add(FileSystemId);
    const Arn = arn(world, 'elasticfilesystem', `file-system/${FileSystemId}`);
    return { physicalId: FileSystemId, attributes: { FileSystemId, Arn } };
  },
  replaces: changeOf('Encrypted', 'KmsKeyId', 'PerformanceMode', 'AvailabilityZoneName'),
  update: unchanged,
  async delete({ physicalId }, { fileSystems }) {
    fileSystems.remove(physicalId);
  },
};

const mountTarget: ResourceProvider = {
  async create({ properties }, context) {
    const Id = `fsmt-${context.random.hex(17)}`;
    const zone = await zoneOf(String(properties.SubnetId), context);
    context.fileSystems.addTarget(String(properties.FileSystemId), Id, zone);
    return { physicalId: Id, attributes: { Id } };
  },
  replaces: changeOf('FileSystemId', 'SubnetId', 'IpAddress'),
  update: unchanged,
  async delete({ physicalId, properties }, { fileSystems }) {
    fileSystems.removeTarget(String(properties.FileSystemId), physicalId);
  },
};

async function zoneOf(subnetId: string, context: ProviderContext): Promise<string> {
  const { Subnets } = await context
    .client(ec2.EC2Client)
    .send(new ec2.DescribeSubnetsCommand({ SubnetIds: [subnetId] }));
  return Subnets![0]!.AvailabilityZone!;
}

const accessPoint: ResourceProvider = {
  async create({ properties }, { fileSystems, random, world }) {
    const AccessPointId = `fsap-${random.hex(17)}`;
    fileSystems.addAccessPoint(String(properties.FileSystemId), AccessPointId);
    const Arn = arn(world, 'elasticfilesystem', `access-point/${AccessPointId}`);
    return { physicalId: AccessPointId, attributes: { AccessPointId, Arn } };
  },
  replaces: changeOf('FileSystemId', 'PosixUser', 'RootDirectory', 'ClientToken'),
  update: unchanged,
  async delete({ physicalId, properties }, { fileSystems }) {
    fileSystems.removeAccessPoint(String(properties.FileSystemId), physicalId);
  },
};

export const efsProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::EFS::FileSystem': fileSystem,
  'AWS::EFS::MountTarget': mountTarget,
  'AWS::EFS::AccessPoint': accessPoint,
};
