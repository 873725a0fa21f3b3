import type {
  DescribeInstancesRequest,
  DescribeInstancesResult,
  DescribeInstanceTypesRequest,
  DescribeInstanceTypesResult,
  Instance as InstanceDescription,
  InstanceTypeInfo,
  InstanceStateChange,
  Reservation,
  RunInstancesRequest,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import type { InstanceRequest, LaunchTemplateReference } from '../ports';
import { arn } from '../world';
import type { World } from '../world';
import { page } from '../wire/page';
import { ServiceError } from '../wire/service';
import type { Operation } from '../wire/service';
import { filtered } from './filters';
import type { FilterFields } from './filters';
import type { InstanceShapes } from './instance-shapes';
import { STATE_REASONS } from './instances';
import type { Instance, Instances } from './instances';
import type { LaunchTemplates } from './launch-templates';
import type { Network } from './network';
import { invalidToken } from './tags';
import type { Tags } from './tags';
import type { Volumes } from './volumes';

/** A terminated instance is still described for about an hour. */
const VISIBLE_AFTER_TERMINATION_MILLISECONDS = 3_600_000;

const STATE_CODES: Readonly<Record<Instance['state'], number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
};

export interface InstanceOperationsParts {
  readonly world: World;
  readonly shapes: InstanceShapes;
  readonly instances: Instances;
  /** Launches an instance with its volumes. */
  readonly launch: (request: InstanceRequest) => Instance;
  readonly templates: LaunchTemplates;
  readonly network: Network;
  readonly volumes: Volumes;
  readonly tags: Tags;
}

/** The API of instances and instance types. */
export function instanceOperations(parts: InstanceOperationsParts): Readonly<Record<string, Operation>> {
  const { world, shapes, instances, launch, templates, network, volumes, tags } = parts;

  const visible = (): readonly Instance[] => {
    const since = world.clock.now() - VISIBLE_AFTER_TERMINATION_MILLISECONDS;
    return instances.all().filter(({ terminatedAt }) => terminatedAt === undefined || terminatedAt > since);
  };

  const existing = (instanceId: string): Instance => {
    const found = instances.get(instanceId);
    if (found) return found;
    throw new ServiceError('InvalidInstanceID.NotFound', `The instance ID '${instanceId}' does not exist`);
  };

  const described = (instance: Instance): InstanceDescription => {
    const { request, terminationCause, shuttingDownAt } = instance;
    const reason = terminationCause && STATE_REASONS[terminationCause];
    const profile = request.instanceProfile;
    return {
      InstanceId: instance.instanceId,
      InstanceType: instance.instanceType as InstanceDescription['InstanceType'],
      ImageId: instance.imageId,
      State: { Name: instance.state, Code: STATE_CODES[instance.state] },
      StateReason: reason && { Code: reason.code, Message: `${reason.code}: ${reason.message}` },
      StateTransitionReason:
        shuttingDownAt === undefined ? '' : `User initiated (${new Date(shuttingDownAt).toISOString()})`,
      LaunchTime: new Date(instance.launchTime),
      Placement: { AvailabilityZone: instance.availabilityZone, Tenancy: 'default' },
      SubnetId: request.subnetId,
      VpcId: request.subnetId === undefined ? undefined : network.vpcOf(request.subnetId),
      IamInstanceProfile: profile === undefined ? undefined : { Arn: profileArn(world, profile) },
      InstanceLifecycle: instance.spot ? 'spot' : undefined,
      BlockDeviceMappings: volumes.mappingsOf(instance.instanceId),
      Tags: tags.of(instance.instanceId),
    };
  };

  return {
    RunInstances: (input: RunInstancesRequest): Reservation => {
      const template = input.LaunchTemplate && templates.resolve(templateReference(input.LaunchTemplate));
      const subnetId = input.SubnetId ?? network.defaultSubnet(input.Placement?.AvailabilityZone)?.SubnetId ?? '(none)';
      const availabilityZone = network.availabilityZoneOf(subnetId);
      if (availabilityZone === undefined) {
        throw new ServiceError('InvalidSubnetID.NotFound', `The subnet ID '${subnetId}' does not exist`);
      }
      if (!(input.MinCount! >= 1 && input.MaxCount! >= input.MinCount!)) {
        const counts = `MinCount ${input.MinCount} and MaxCount ${input.MaxCount}`;
        throw new ServiceError(
          'InvalidParameterValue',
          `${counts} are not allowed: at least 1, and no less than MinCount`,
        );
      }
      const given = (input.TagSpecifications ?? []).filter((one) => one.ResourceType === 'instance');
      const launched = Array.from({ length: input.MaxCount! }, () =>
        launch({
          instanceType: input.InstanceType ?? template?.instanceType ?? 'm1.small',
          imageId: input.ImageId ?? template?.imageId,
          userData:
            input.UserData === undefined
              ? (template?.userData ?? '')
              : Buffer.from(input.UserData, 'base64').toString(),
          availabilityZone,
          subnetId,
          spot: input.InstanceMarketOptions ? input.InstanceMarketOptions.MarketType === 'spot' : !!template?.spot,
          instanceProfile: input.IamInstanceProfile?.Arn ?? input.IamInstanceProfile?.Name ?? template?.instanceProfile,
          launchTemplate: template && {
            launchTemplateId: template.launchTemplateId,
            version: template.version,
          },
          tags: {
            ...template?.tags,
            ...Object.fromEntries(given.flatMap(({ Tags = [] }) => Tags.map(({ Key, Value }) => [Key, Value ?? '']))),
          },
          requester: 'user',
        }),
      );
      return {
        ReservationId: launched[0]!.reservationId,
        OwnerId: world.accountId,
        Instances: launched.map(described),
      };
    },

    DescribeInstances: (input: DescribeInstancesRequest): DescribeInstancesResult => {
      const asked = input.InstanceIds?.map(existing).sort((a, b) => a.ordinal - b.ordinal) ?? visible();
      const found = filtered(asked, input.Filters, instanceFilters(network), ({ instanceId }) => tags.of(instanceId));
      const size = input.MaxResults ?? 1000;
      const { items, nextToken } = page(found, ({ ordinal }) => ordinal, size, input.NextToken, invalidToken);
      return {
        Reservations: items.map((instance) => ({
          ReservationId: instance.reservationId,
          OwnerId: world.accountId,
          Instances: [described(instance)],
        })),
        NextToken: nextToken,
      };
    },

    TerminateInstances: (input: TerminateInstancesRequest, { caller }): TerminateInstancesResult => {
      const asked = input.InstanceIds!.map(existing);
      return {
        TerminatingInstances: asked.map((instance): InstanceStateChange => {
          const { instanceId, state: before } = instance;
          instances.terminate(instanceId, `TerminateInstances by ${caller.principalArn}`, 'user-request');
          return {
            InstanceId: instanceId,
            PreviousState: { Name: before, Code: STATE_CODES[before] },
            CurrentState: { Name: instance.state, Code: STATE_CODES[instance.state] },
          };
        }),
      };
    },

    DescribeInstanceTypes: (input: DescribeInstanceTypesRequest): DescribeInstanceTypesResult => {
      const unknown = input.InstanceTypes?.find((type) => !shapes.has(type));
      if (unknown !== undefined) {
        throw new ServiceError(
          'InvalidInstanceType',
          `The following supplied instance types do not exist: [${unknown}]`,
        );
      }
      const names: readonly string[] = input.InstanceTypes ?? [...shapes.keys()];
      const infos = filtered(
        names.map((name) => typeInfo(shapes, name)),
        input.Filters,
        {
          'instance-type': (info) => info.InstanceType,
          'vcpu-info.default-vcpus': (info) => String(info.VCpuInfo?.DefaultVCpus),
          'memory-info.size-in-mib': (info) => String(info.MemoryInfo?.SizeInMiB),
        },
        () => [],
      );
      const positions = new Map(infos.map((info, index) => [info, index]));
      const ordinal = (info: InstanceTypeInfo): number => positions.get(info)!;
      const { items, nextToken } = page(infos, ordinal, input.MaxResults ?? 100, input.NextToken, invalidToken);
      return { InstanceTypes: [...items], NextToken: nextToken };
    },
  };
}

function instanceFilters(network: Network): FilterFields<Instance> {
  return {
    'instance-id': (instance) => instance.instanceId,
    'instance-state-name': (instance) => instance.state,
    'instance-state-code': (instance) => String(STATE_CODES[instance.state]),
    'instance-type': (instance) => instance.instanceType,
    'instance-lifecycle': (instance) => (instance.spot ? 'spot' : undefined),
    'availability-zone': (instance) => instance.availabilityZone,
    'image-id': (instance) => instance.imageId,
    'subnet-id': (instance) => instance.request.subnetId,
    'vpc-id': ({ request }) => (request.subnetId === undefined ? undefined : network.vpcOf(request.subnetId)),
    'iam-instance-profile.arn': (instance) => instance.request.instanceProfile,
    'launch-time': (instance) => new Date(instance.launchTime).toISOString(),
    'reservation-id': (instance) => instance.reservationId,
  };
}

function templateReference(given: NonNullable<RunInstancesRequest['LaunchTemplate']>): LaunchTemplateReference {
  return {
    launchTemplateId: given.LaunchTemplateId,
    launchTemplateName: given.LaunchTemplateName,
    version: given.Version,
  };
}

function profileArn(world: World, profile: string): string {
  return profile.startsWith('arn:') ? profile : arn({ ...world, region: '' }, 'iam', `instance-profile/${profile}`);
}

function typeInfo(shapes: InstanceShapes, name: string): InstanceTypeInfo {
  const { vcpus, memoryMiB, gpus } = shapes.get(name)!;
  return {
    InstanceType: name as InstanceTypeInfo['InstanceType'],
    VCpuInfo: { DefaultVCpus: vcpus },
    MemoryInfo: { SizeInMiB: memoryMiB },
    GpuInfo: gpus > 0 ? { Gpus: [{ Count: gpus, Manufacturer: 'NVIDIA' }] } : undefined,
  };
}
