import * as sdk from '@aws-sdk/client-ec2';
import type { Tag } from '@aws-sdk/client-ec2';
import type {
  AgentHost,
  AgentHosts,
  InstanceLauncher,
  InstanceRequest,
  LaunchedInstance,
  LaunchFaults,
  LaunchSources,
  LaunchTemplateReference,
  ResolvedLaunchTemplate,
  TerminationCause,
  VolumeFaults,
} from '../ports';
import type { Service } from '../wire/service';
import type { World } from '../world';
import { instanceOperations } from './instance-operations';
import { INSTANCE_SHAPES } from './instance-shapes';
import type { InstanceShapes } from './instance-shapes';
import { Instances } from './instances';
import type { Instance } from './instances';
import { LaunchTemplates } from './launch-templates';
import { Network } from './network';
import { Snapshots } from './snapshots';
import type { Snapshot } from './snapshots';
import { Tags } from './tags';
import { volumeOperations } from './volume-operations';
import { Volumes } from './volumes';
import type { Volume } from './volumes';

/** Amazon EC2: instances from launch to termination, launch templates, and the network they are placed in. */
export class Ec2Service implements InstanceLauncher, AgentHosts, LaunchSources {
  readonly api: Service;
  private readonly instances: Instances;
  private readonly templates: LaunchTemplates;
  private readonly network: Network;
  private readonly tags: Tags;
  private readonly snapshots: Snapshots;
  private readonly volumes: Volumes;

  constructor(world: World, faults: LaunchFaults & VolumeFaults, shapes: InstanceShapes = INSTANCE_SHAPES) {
    const tags = (this.tags = new Tags());
    this.snapshots = new Snapshots(world, faults, tags);
    this.volumes = new Volumes(world, this.snapshots, tags);
    this.network = new Network(world, tags);
    this.templates = new LaunchTemplates(world, tags);
    this.instances = new Instances(world, shapes, faults, tags);
    this.instances.onStateChange(({ instanceId, state }) => {
      if (state === 'terminated') this.volumes.instanceTerminated(instanceId);
    });
    const { network, templates, instances, volumes, snapshots } = this;
    const parts = { world, instances, volumes, tags };
    this.api = {
      signingName: 'ec2',
      protocol: 'ec2',
      sdk,
      operations: {
        ...instanceOperations({ ...parts, shapes, launch: (request) => this.launch(request), templates, network }),
        ...volumeOperations({ ...parts, snapshots }),
        ...templates.operations,
        ...network.operations,
        ...tags.operations,
      },
    };
  }

  launch(request: InstanceRequest): Instance {
    const instance = this.instances.launch(request);
    if (request.launchTemplate) {
      const { blockDevices, volumeTags } = this.templates.resolve(request.launchTemplate);
      this.volumes.launch(instance.instanceId, instance.availabilityZone, blockDevices, volumeTags);
    }
    return instance;
  }

  terminate(instanceId: string, reason: string, cause?: TerminationCause): void {
    this.instances.terminate(instanceId, reason, cause);
  }

  /** Takes a Spot Instance back: the warning now, the end two minutes later. */
  reclaim(instanceId: string): void {
    this.instances.reclaim(instanceId);
  }

  get(instanceId: string): LaunchedInstance | undefined {
    return this.instances.get(instanceId);
  }

  host(instanceId: string): AgentHost | undefined {
    return this.instances.host(instanceId);
  }

  onStateChange(listener: (instance: LaunchedInstance) => void): void {
    this.instances.onStateChange(listener);
  }

  onInterruptionWarning(listener: (instance: LaunchedInstance) => void): void {
    this.instances.onInterruptionWarning(listener);
  }

  launchTemplate(template: LaunchTemplateReference): ResolvedLaunchTemplate {
    return this.templates.resolve(template);
  }

  availabilityZoneOf(subnetId: string): string | undefined {
    return this.network.availabilityZoneOf(subnetId);
  }

  /** Takes in a VPC that the account has had before any stack. */
  adoptVpc(vpcId: string): void {
    this.network.adoptVpc(vpcId);
  }

  /** Takes in a subnet that the account has had before any stack: one of an imported VPC. */
  adoptSubnet(subnetId: string, availabilityZone: string): void {
    this.network.adoptSubnet(subnetId, availabilityZone);
  }

  tagsOf(resourceId: string): readonly Tag[] {
    return this.tags.of(resourceId);
  }

  volumeAt(instanceId: string, device: string): Volume | undefined {
    return this.volumes.of(instanceId).find(({ attachment }) => attachment!.device === device);
  }

  /** The volumes that there are now, attached ones and others. */
  volumesNow(): readonly Volume[] {
    return this.volumes.all();
  }

  snapshotsNow(): readonly Snapshot[] {
    return this.snapshots.all();
  }

  /** Every instance that was ever launched, in order. */
  history(): readonly Instance[] {
    return this.instances.all();
  }
}
