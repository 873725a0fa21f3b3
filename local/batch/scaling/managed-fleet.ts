import type { InstanceLauncher, InstanceRequest, LaunchSources, PlaceableInstance } from '../../ports';
import { ServiceError } from '../../wire/service';
import type { World } from '../../world';
import type { ComputeEnvironment } from '../environments/compute-environment';
import type { InstanceCapacity } from '../scheduling/instance-capacity';
import type { InstanceType } from './instance-types';
import { typesNamed } from './instance-types';
import { withScript } from './user-data';

interface FleetInstance {
  readonly id: string;
  readonly type: InstanceType;
  /** When it was first seen registered; undefined while it boots. */
  registeredAt?: number;
  /** To be replaced by an update of the environment: no more jobs go there. */
  outdated: boolean;
}

/** Errors that say that EC2 has no more of a type, not that the request is wrong. */
const CAPACITY_ERRORS = /Capacity|LimitExceeded|MaxSpotInstanceCount/;

/** The instances of one managed environment. */
export class ManagedFleet {
  private readonly instances = new Map<string, FleetInstance>();
  private launched = 0;
  /** The type that EC2 refused last for want of capacity; undefined when the last launch went well. */
  refusedType?: string;

  constructor(
    private readonly world: World,
    private readonly launcher: InstanceLauncher,
    private readonly sources: LaunchSources,
    readonly environment: ComputeEnvironment,
    private readonly capacity: InstanceCapacity,
  ) {}

  /** vCPUs of all instances, those that boot among them: of those to be replaced, or of the others. */
  vcpus(outdated = false): number {
    const counted = [...this.instances.values()].filter((instance) => instance.outdated === outdated);
    return counted.reduce((sum, { type }) => sum + type.vcpus, 0);
  }

  booting(): InstanceType[] {
    this.noteRegistered();
    return [...this.instances.values()]
      .filter(({ registeredAt, outdated }) => registeredAt === undefined && !outdated)
      .map(({ type }) => type);
  }

  size(): number {
    return this.instances.size;
  }

  mayRun(instance: PlaceableInstance): boolean {
    return this.instances.get(instance.ec2InstanceId)?.outdated !== true;
  }

  /** @returns whether EC2 had one */
  launch(typeName: string): boolean {
    const [type] = typesNamed(typeName) as [InstanceType];
    try {
      const { instanceId } = this.launcher.launch(this.request(type));
      this.instances.set(instanceId, { id: instanceId, type, outdated: false });
      this.refusedType = undefined;
      return true;
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      if (CAPACITY_ERRORS.test(error.code)) {
        this.refusedType = type.name;
      } else {
        this.environment.status = 'INVALID';
        this.environment.statusReason = `CLIENT_ERROR - ${error.message}`;
      }
      return false;
    }
  }

  /** Terminates what has been idle for its time, as far as that leaves `vcpus`. */
  scaleIn(vcpus: number): void {
    this.noteRegistered();
    let left = this.vcpus();
    for (const { instance, since } of this.idle()) {
      const delay = this.scaleDownDelay(instance) * 1000;
      if (this.world.clock.now() - since < delay || left - instance.type.vcpus < vcpus) continue;
      left -= instance.type.vcpus;
      this.terminate(instance, 'Idle in its managed compute environment');
    }
  }

  /** Marks all instances for replacement. */
  outdate(): void {
    for (const instance of this.instances.values()) instance.outdated = true;
  }

  /** Terminates instances to be replaced: those that are idle, or all. @returns how many are left */
  retireOutdated(all: boolean): number {
    this.noteRegistered();
    const idle = new Set(this.idle().map(({ instance }) => instance));
    const outdated = [...this.instances.values()].filter((instance) => instance.outdated);
    const retired = outdated.filter((instance) => all || idle.has(instance) || instance.registeredAt === undefined);
    for (const instance of retired) this.terminate(instance, 'Replaced by an update of its compute environment');
    return outdated.length - retired.length;
  }

  terminateAll(reason: string): void {
    for (const instance of [...this.instances.values()]) this.terminate(instance, reason);
  }

  /** It is shutting down, whoever has seen to it. */
  gone(instanceId: string): void {
    this.instances.delete(instanceId);
  }

  private idle(): { instance: FleetInstance; since: number }[] {
    return this.capacity.offered().flatMap((placeable) => {
      const instance = this.instances.get(placeable.ec2InstanceId);
      const { jobs, lastEnd } = this.capacity.useOf(placeable);
      return instance && jobs === 0 ? [{ instance, since: lastEnd ?? instance.registeredAt! }] : [];
    });
  }

  /** The environment's own delay is for instances that have run jobs. */
  private scaleDownDelay({ id }: FleetInstance): number {
    const minutes = this.environment.computeResources!.scalingPolicy?.minScaleDownDelayMinutes ?? 0;
    const placeable = this.capacity.offered().find(({ ec2InstanceId }) => ec2InstanceId === id)!;
    const hasRun = this.capacity.useOf(placeable).lastEnd !== undefined;
    return minutes > 0 && hasRun ? minutes * 60 : this.world.settings.scaleDownSeconds;
  }

  private noteRegistered(): void {
    for (const { ec2InstanceId } of this.capacity.offered()) {
      const instance = this.instances.get(ec2InstanceId);
      if (instance) instance.registeredAt ??= this.world.clock.now();
    }
  }

  private terminate(instance: FleetInstance, reason: string): void {
    this.instances.delete(instance.id);
    this.launcher.terminate(instance.id, reason);
  }

  private request(type: InstanceType): InstanceRequest {
    const resources = this.environment.computeResources!;
    const { launchTemplate, subnets = [], ec2Configuration } = resources;
    const template = launchTemplate && this.sources.launchTemplate(overriddenFor(type, launchTemplate));
    const subnetId = subnets[this.launched++ % subnets.length];
    const availabilityZone = subnetId && this.sources.availabilityZoneOf(subnetId);
    return {
      instanceType: type.name,
      imageId: ec2Configuration?.[0]?.imageIdOverride ?? resources.imageId ?? template?.imageId,
      userData: withScript(template?.userData ?? '', this.agentScript(type)),
      // A subnet that is not known here is as good as any.
      availabilityZone: availabilityZone ?? `${this.world.region}a`,
      subnetId,
      spot: resources.type === 'SPOT',
      instanceProfile: resources.instanceRole,
      launchTemplate: template && { launchTemplateId: template.launchTemplateId, version: template.version },
      tags: { ...template?.tags, ...resources.tags, AWSBatchServiceTag: 'batch' },
      requester: `batch:${this.environment.name}`,
    };
  }

  private agentScript({ gpus }: InstanceType): string {
    const { clusterArn } = this.environment;
    const settings = [`ECS_CLUSTER=${clusterArn.slice(clusterArn.lastIndexOf('/') + 1)}`];
    if (gpus > 0) settings.push('ECS_ENABLE_GPU_SUPPORT=true');
    return ['#!/bin/bash', ...settings.map((setting) => `echo ${setting} >> /etc/ecs/ecs.config`), ''].join('\n');
  }
}

type LaunchTemplate = NonNullable<NonNullable<ComputeEnvironment['computeResources']>['launchTemplate']>;

/** The template of the override that is for the type, else the environment's. */
function overriddenFor(type: InstanceType, template: LaunchTemplate): LaunchTemplate {
  const override = template.overrides?.find(({ targetInstanceTypes = [] }) =>
    targetInstanceTypes.some((target) => typesNamed(target).includes(type)),
  );
  return override ?? template;
}
