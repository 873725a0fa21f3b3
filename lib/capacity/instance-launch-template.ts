import { Tags } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import type { AgentSettings } from './instance-user-data';
import { InstanceUserData } from './instance-user-data';
import type { RootVolumeOptions } from './root-volume';
import { rootVolume } from './root-volume';
import type { BoundMounts, InstanceMount } from '../storage/instance-mount';

/** What instances of every capacity on EC2 can be told. */
export interface InstanceOptions {
  /**
   * The encrypted root volume of each instance.
   *
   * @default - 50 GiB of general purpose SSD, encrypted
   */
  readonly rootVolume?: RootVolumeOptions;

  /**
   * What each instance runs when it boots, beside what it takes to join the cluster: a shell script, `#cloud-config`,
   * `#cloud-boothook`, or a MIME archive of those. More can be added with `addUserData`.
   *
   * @default - nothing
   */
  readonly userData?: ec2.UserData;

  /**
   * Volumes that each instance mounts when it boots, in this order, before `userData` and before it takes jobs. An instance
   * that cannot mount one takes none.
   *
   * @default - none
   */
  readonly mounts?: InstanceMount[];

  /**
   * The security groups of the instances, up to five.
   *
   * @default - a new one, which lets everything out and nothing in
   */
  readonly securityGroups?: ec2.ISecurityGroup[];

  /**
   * Whether people who are allowed to can open a session on the instances with Session Manager, which needs neither keys
   * nor open ports. The image has to have the SSM agent, as the ECS-optimized ones do.
   *
   * @default false
   */
  readonly sessionManager?: boolean;
}

export interface LaunchTemplateSettings extends Pick<InstanceOptions, 'rootVolume' | 'userData'> {
  readonly agent: AgentSettings;
  readonly mounts: BoundMounts;
  /** Whether instances have an image of the user's. */
  readonly customImage: boolean;
  /** @default - said elsewhere, as are role and security groups */
  readonly machineImage?: ec2.IMachineImage;
  readonly role?: iam.IRole;
  readonly securityGroups?: readonly ec2.ISecurityGroup[];
}

/** What is the same for instances whoever launches them: the metadata service, the volume, what runs at boot. */
export function instanceLaunchTemplate(
  scope: Construct,
  id: string,
  settings: LaunchTemplateSettings,
): ec2.LaunchTemplate {
  const {
    rootVolume: volume = {},
    userData,
    agent,
    mounts,
    customImage,
    machineImage,
    role,
    securityGroups,
  } = settings;
  const parts = new InstanceUserData(agent);
  if (mounts.userData) parts.addUserData(mounts.userData);
  if (userData) parts.addUserData(userData);
  const launchTemplate = new ec2.LaunchTemplate(scope, id, {
    machineImage,
    role,
    securityGroup: securityGroups?.[0],
    userData: parts,
    // Jobs use the host's network, from which one hop is enough; a container with a network of its own gets nothing.
    httpTokens: ec2.LaunchTemplateHttpTokens.REQUIRED,
    httpPutResponseHopLimit: 1,
    blockDevices: [rootVolume(scope, volume, customImage), ...mounts.blockDevices],
  });
  securityGroups?.slice(1).forEach((securityGroup) => launchTemplate.addSecurityGroup(securityGroup));
  for (const [tag, value] of Object.entries({ Name: scope.node.path, ...mounts.tags })) {
    Tags.of(launchTemplate).add(tag, value);
  }
  return launchTemplate;
}
