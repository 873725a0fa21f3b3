import { createHash } from 'node:crypto';
import type { DeclaredResource, ProviderContext, ResourceProvider, ResourceState } from './provider';
import { arn } from '../world';

export interface InertType {
  /** What `Ref` gives. @default - a generated name */
  readonly physicalId?: (resource: DeclaredResource, context: ProviderContext) => string;
  /** What `Fn::GetAtt` gives. @default - none */
  readonly attributes?: (
    physicalId: string,
    resource: DeclaredResource,
    context: ProviderContext,
  ) => Readonly<Record<string, unknown>>;
}

/** A type that exists in name only, and why nothing is lost by that. */
interface KnownInertType extends InertType {
  readonly reason: string;
}

const id =
  (prefix: string) =>
  (_resource: DeclaredResource, { random }: ProviderContext): string =>
    `${prefix}-${random.hex(17)}`;

const name =
  (property: string, maxLength: number) =>
  (resource: DeclaredResource, context: ProviderContext): string =>
    (resource.properties[property] as string | undefined) ?? context.physicalName(resource, maxLength);

const NO_PACKETS = 'No packets travel in the local AWS: instances reach every service.';
const NO_STORAGE = 'Jobs run no code that reads or writes files, unless they are executed, and then on this machine.';
const NO_DATABASE = 'Jobs run no code that connects to a database, unless they are executed.';
const NOT_ENFORCED =
  'Nothing is refused for lack of rights; who calls what is recorded and judged by the tests of rights.';

/** Its `Ref` is an address: here one of those that are set aside for tests. */
function addressOf({ stackName, logicalId }: DeclaredResource): string {
  const [high, low] = createHash('sha256').update(`${stackName}/${logicalId}`).digest();
  return `198.18.${high}.${low}`;
}

export const INERT_TYPES: Readonly<Record<string, KnownInertType>> = {
  'AWS::CDK::Metadata': { reason: 'Tells AWS which constructs an app uses.' },
  'AWS::CloudFormation::WaitConditionHandle': {
    reason: 'Serves the CDK as a placeholder in stacks without resources.',
  },

  'AWS::EC2::RouteTable': {
    reason: NO_PACKETS,
    physicalId: id('rtb'),
    attributes: (RouteTableId) => ({ RouteTableId }),
  },
  'AWS::EC2::Route': { reason: NO_PACKETS },
  'AWS::EC2::SubnetRouteTableAssociation': { reason: NO_PACKETS, physicalId: id('rtbassoc') },
  'AWS::EC2::InternetGateway': {
    reason: NO_PACKETS,
    physicalId: id('igw'),
    attributes: (InternetGatewayId) => ({ InternetGatewayId }),
  },
  'AWS::EC2::VPCGatewayAttachment': { reason: NO_PACKETS },
  'AWS::EC2::NatGateway': {
    reason: NO_PACKETS,
    physicalId: id('nat'),
    attributes: (NatGatewayId) => ({ NatGatewayId }),
  },
  'AWS::EC2::EIP': {
    reason: NO_PACKETS,
    physicalId: addressOf,
    attributes: (PublicIp, _resource, { random }) => ({ PublicIp, AllocationId: `eipalloc-${random.hex(17)}` }),
  },
  'AWS::EC2::PlacementGroup': {
    reason: 'Instances are near to one another anyway.',
    physicalId: (_resource, { random }) => `pg-${random.hex(17)}`,
    attributes: (GroupName) => ({ GroupName }),
  },
  'AWS::EC2::VPCEndpoint': { reason: NO_PACKETS, physicalId: id('vpce'), attributes: (Id) => ({ Id }) },
  'AWS::EC2::FlowLog': { reason: NO_PACKETS, physicalId: id('fl'), attributes: (Id) => ({ Id }) },
  'AWS::EC2::SecurityGroupIngress': { reason: NO_PACKETS, physicalId: id('sgr'), attributes: (Id) => ({ Id }) },
  'AWS::EC2::SecurityGroupEgress': { reason: NO_PACKETS, physicalId: id('sgr'), attributes: (Id) => ({ Id }) },

  // By a function of aws-cdk-lib's own, in every app that `cdk init` makes.
  'Custom::VpcRestrictDefaultSG': { reason: NO_PACKETS },

  'AWS::S3::Bucket': {
    reason: NO_STORAGE,
    physicalId: (resource, context) => name('BucketName', 63)(resource, context).toLowerCase(),
    attributes: (bucket, _resource, { world }) => ({
      Arn: `arn:aws:s3:::${bucket}`,
      DomainName: `${bucket}.s3.amazonaws.com`,
      RegionalDomainName: `${bucket}.s3.${world.region}.amazonaws.com`,
    }),
  },
  'AWS::S3::BucketPolicy': { reason: NOT_ENFORCED },
  'AWS::ECR::Repository': {
    reason: 'Images are not pulled.',
    physicalId: (resource, context) => name('RepositoryName', 256)(resource, context).toLowerCase(),
    attributes: (repository, _resource, { world }) => ({
      Arn: arn(world, 'ecr', `repository/${repository}`),
      RepositoryUri: `${world.accountId}.dkr.ecr.${world.region}.amazonaws.com/${repository}`,
    }),
  },
  'AWS::RDS::DBSubnetGroup': { reason: NO_PACKETS, physicalId: name('DBSubnetGroupName', 255) },
  'AWS::RDS::DBCluster': {
    reason: NO_DATABASE,
    physicalId: name('DBClusterIdentifier', 63),
    attributes: (cluster, _resource, { world }) => ({
      'Endpoint.Address': `${cluster}.cluster-local.${world.region}.rds.amazonaws.com`,
      'Endpoint.Port': '5432',
      'ReadEndpoint.Address': `${cluster}.cluster-ro-local.${world.region}.rds.amazonaws.com`,
      DBClusterArn: arn(world, 'rds', `cluster:${cluster}`),
    }),
  },
  'AWS::RDS::DBInstance': { reason: NO_DATABASE, physicalId: name('DBInstanceIdentifier', 63) },
  'AWS::SecretsManager::Secret': {
    reason: 'Containers are given no values of secrets.',
    physicalId: (resource, context) =>
      arn(context.world, 'secretsmanager', `secret:${name('Name', 512)(resource, context)}-${context.random.hex(6)}`),
    attributes: (Id) => ({ Id }),
  },
  'AWS::SecretsManager::SecretTargetAttachment': {
    reason: 'Containers are given no secrets.',
    physicalId: ({ properties }) => String(properties.SecretId),
  },
  'AWS::KMS::Key': {
    reason: 'Nothing is encrypted at rest.',
    physicalId: (_resource, { random }) => random.uuid(),
    attributes: (KeyId, _resource, { world }) => ({ KeyId, Arn: arn(world, 'kms', `key/${KeyId}`) }),
  },
  'AWS::KMS::Alias': { reason: 'Nothing is encrypted at rest.', physicalId: name('AliasName', 256) },
};

/** Gives a resource an id and attributes, and nothing else. */
export function inertProvider({ physicalId, attributes }: InertType): ResourceProvider {
  const stateOf = (resource: DeclaredResource, context: ProviderContext): ResourceState => {
    const ref = physicalId?.(resource, context) ?? context.physicalName(resource, 255);
    return { physicalId: ref, attributes: attributes?.(ref, resource, context) };
  };
  return {
    create: async (resource, context) => stateOf(resource, context),
    update: async ({ physicalId: ref, attributes: known }) => ({ physicalId: ref, attributes: known }),
    delete: async () => {},
  };
}
