import * as sdk from '@aws-sdk/client-ec2';
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
import { Tags } from './tags';

/** Amazon EC2: instances from launch to termination, launch templates, and the network they are placed in. */
export class Ec2Service implements InstanceLauncher, AgentHosts, LaunchSources {
  readonly api: Service;
  private readonly instances: Instances;
  private readonly templates: LaunchTemplates;
  private readonly network: Network;

  constructor(world: World, faults: LaunchFaults, shapes: InstanceShapes = INSTANCE_SHAPES) {
    const tags = new Tags();
    this.network = new Network(world, tags);
    this.templates = new LaunchTemplates(world, tags);
    this.instances = new Instances(world, shapes, faults, tags);
    const { network, templates, instances } = this;
    this.api = {
      signingName: 'ec2',
      protocol: 'ec2',
      sdk,
      operations: {
        ...instanceOperations({ world, shapes, instances, templates, network, tags }),
        ...templates.operations,
        ...network.operations,
        ...tags.operations,
      },
    };
  }

  launch(request: InstanceRequest): LaunchedInstance {
    return this.instances.launch(request);
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

  /** Every instance that was ever launched, in order. */
  history(): readonly Instance[] {
    return this.instances.all();
  }
}
