import { Token } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { ICapacity } from './capacity';
import { CapacityKind, registerCapacity } from './capacity';
import { setContainerInsights } from './container-insights';
import { ImportedCapacity } from './imported-capacity';
import { instanceLaunchTemplate } from './instance-launch-template';
import { managedInstanceRole } from './instance-role';
import type { InstanceShape } from './instance-shape';
import { shapeOf } from './instance-shape';
import { addToUserData } from './instance-user-data';
import type { ManagedInstanceTypes } from './managed-instance-types';
import { managedInstanceTypes } from './managed-instance-types';
import type { ManagedCapacityProps } from './managed-options';
import { AllocationStrategy } from './managed-options';
import { checkManagedOptions, strategyOf } from './managed-rules';
import { securityGroupsOf } from './security-groups';
import { allowSessionManager } from './session-manager';
import { bindMounts } from '../storage/instance-mount';

/** A compute environment whose EC2 instances AWS Batch launches and terminates. */
export class ManagedCapacity extends Construct implements ICapacity, ec2.IConnectable {
  /**
   * A managed environment on EC2 that is there already. Of its size nothing is known, so that jobs are not checked against it.
   *
   * @param scope of the construct
   * @param id of the construct
   * @param computeEnvironmentArn of the environment
   */
  static fromComputeEnvironmentArn(scope: Construct, id: string, computeEnvironmentArn: string): ICapacity {
    return new ImportedCapacity(scope, id, computeEnvironmentArn, CapacityKind.MANAGED_EC2);
  }

  readonly computeEnvironment: batch.IComputeEnvironment;
  readonly kind = CapacityKind.MANAGED_EC2;
  readonly shapes: InstanceShape[];
  readonly architecture?: ec2.InstanceArchitecture;
  readonly connections: ec2.Connections;
  /** What AWS Batch makes its own launch template of. */
  readonly launchTemplate: ec2.LaunchTemplate;
  /** Of all instances. Jobs can use it too, through the host's network: grant to job roles instead. */
  readonly instanceRole: iam.IRole;

  constructor(scope: Construct, id: string, props: ManagedCapacityProps) {
    super(scope, id);
    checkManagedOptions(this, props);
    const types = managedInstanceTypes(this, props);
    const { resources = [] } = types;
    this.architecture = types.architecture as ec2.InstanceArchitecture;
    this.shapes = resources.map((shape) => shapeOf({ ...shape, vcpus: atMost(shape.vcpus, props.maxvCpus) }));
    const spot = props.spot ?? false;
    this.instanceRole = props.instanceRole ?? managedInstanceRole(this, 'InstanceRole', spot);
    if (props.sessionManager) allowSessionManager(this, this.instanceRole);
    const securityGroups = securityGroupsOf(this, props);
    this.connections = new ec2.Connections({ securityGroups });
    const mounts = bindMounts(this, props.mounts ?? [], { role: this.instanceRole, network: this });
    this.launchTemplate = instanceLaunchTemplate(this, 'LaunchTemplate', {
      rootVolume: props.rootVolume,
      userData: props.userData,
      agent: { gpus: types.gpus, spot },
      mounts,
      customImage: props.machineImage !== undefined,
    });
    this.computeEnvironment = this.createEnvironment(props, types, securityGroups);
    this.computeEnvironment.node.addDependency(...mounts.dependencies);
    registerCapacity(this);
  }

  /**
   * Has something else run by each instance when it boots, after what was added before. What is there already is
   * replaced as the environment's update policy says.
   *
   * @param userData as of the property
   */
  addUserData(userData: ec2.UserData): void {
    addToUserData(this.launchTemplate, userData);
  }

  private createEnvironment(
    props: ManagedCapacityProps,
    { names, imageType }: ManagedInstanceTypes,
    securityGroups: ec2.ISecurityGroup[],
  ): batch.IComputeEnvironment {
    const allocationStrategy = strategyOf(props);
    const bestFit = allocationStrategy === AllocationStrategy.BEST_FIT;
    const environment = new batch.ManagedEc2EcsComputeEnvironment(this, 'Environment', {
      ...props,
      securityGroups,
      // The L2 has no names for the newest strategies, and passes on whatever it gets, families' names too.
      allocationStrategy: allocationStrategy as string as batch.AllocationStrategy,
      instanceTypes: [],
      instanceClasses: names as readonly string[] as ec2.InstanceClass[],
      useOptimalInstanceClasses: false,
      images: [{ image: props.machineImage, imageType }],
      spotBidPercentage: props.bidPercentage,
      spotFleetRole: props.spotFleetRole ?? (props.spot && bestFit ? this.createSpotFleetRole() : undefined),
      instanceRole: this.instanceRole,
      launchTemplate: this.launchTemplate,
      terminateOnUpdate: props.terminateJobsOnUpdate,
      replaceComputeEnvironment: bestFit,
    });
    const resource = environment.node.defaultChild as batch.CfnComputeEnvironment;
    const resources = 'ComputeResources';
    // By its number: AWS Batch looks at `$Latest` again in an update of something else only.
    resource.addPropertyOverride(`${resources}.LaunchTemplate.Version`, this.launchTemplate.latestVersionNumber);
    resource.addPropertyOverride(
      `${resources}.ScalingPolicy`,
      props.scaleDownDelay && { MinScaleDownDelayMinutes: props.scaleDownDelay.toMinutes() },
    );
    setContainerInsights(resource, props.containerInsights);
    return environment;
  }

  private createSpotFleetRole(): iam.IRole {
    return new iam.Role(this, 'SpotFleetRole', {
      assumedBy: new iam.ServicePrincipal('spotfleet.amazonaws.com'),
      // The one that AWS documents, with which instances are tagged as well.
      managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEC2SpotFleetTaggingRole')],
    });
  }
}

function atMost(value: number, limit: number): number {
  return Token.isUnresolved(limit) ? value : Math.min(value, limit);
}
