import * as ec2 from 'aws-cdk-lib/aws-ec2';

/** What is said of the ECS agent of instances. */
export interface AgentSettings {
  /** @default - told by AWS Batch */
  readonly clusterName?: string;
  readonly gpus: boolean;
  readonly spot: boolean;
}

/** By how a text begins: https://cloudinit.readthedocs.io/en/latest/explanation/format.html */
const CONTENT_TYPES: readonly (readonly [beginning: string, contentType: string])[] = [
  ['#cloud-config', 'text/cloud-config'],
  ['#cloud-boothook', 'text/cloud-boothook'],
];
const SHELL_SCRIPT = 'text/x-shellscript';

/** Unlike the separator of `ec2.MultipartUserData`, so that one can be a part here. */
const SEPARATOR = '==batch-foreman==';

/**
 * User data in parts, each run by itself and in the order given, the first of which configures the ECS agent. AWS Batch
 * adds a part of its own to those of a launch template, which it takes as a MIME archive only.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/launch-templates.html
 */
export class InstanceUserData extends ec2.MultipartUserData {
  constructor(settings: AgentSettings) {
    super({ partsSeparator: SEPARATOR });
    this.addUserData(scriptOf(agentCommands(settings)));
  }

  /** What is added to it later is run, too. */
  addUserData(userData: ec2.UserData): void {
    this.addPart(new Part(userData));
  }
}

/** Has user data of the user's configure the agent, too. */
export function addAgentTo(userData: ec2.UserData, settings: AgentSettings): void {
  if (userData instanceof ec2.MultipartUserData) userData.addPart(new Part(scriptOf(agentCommands(settings))));
  else userData.addCommands(...agentCommands(settings));
}

/** Has something run at boot by instances of a template that has such user data, after what is in it already. */
export function addToUserData(launchTemplate: ec2.LaunchTemplate, userData: ec2.UserData): void {
  (launchTemplate.userData as InstanceUserData).addUserData(userData);
}

/** As it stands, not in base64: AWS documents plain parts only. */
class Part extends ec2.MultipartBody {
  constructor(private readonly userData: ec2.UserData) {
    super();
  }

  renderBodyPart(): string[] {
    const text = this.userData.render();
    // An archive brings its own headers.
    if (this.userData instanceof ec2.MultipartUserData) return [text];
    const [, contentType] = CONTENT_TYPES.find(([beginning]) => text.startsWith(beginning)) ?? ['', SHELL_SCRIPT];
    return [`Content-Type: ${contentType}; charset="us-ascii"`, '', text];
  }
}

/** @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-agent-config.html */
function agentCommands({ clusterName, gpus, spot }: AgentSettings): string[] {
  const settings = [
    // What AWS Batch says itself of instances that it launches: the memory that it keeps for the agent is in MiB.
    ...(clusterName === undefined ? [] : [`ECS_CLUSTER=${clusterName}`, 'ECS_RESERVED_MEMORY=32']),
    // Jobs' own log groups are written to by their execution roles; the instance's may write to Batch's default only.
    'ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE=true',
    ...(gpus ? ['ECS_ENABLE_GPU_SUPPORT=true'] : []),
    ...(spot ? ['ECS_ENABLE_SPOT_INSTANCE_DRAINING=true'] : []),
  ];
  return settings.map((setting) => `echo ${setting} >> /etc/ecs/ecs.config`);
}

function scriptOf(commands: readonly string[]): ec2.UserData {
  const userData = ec2.UserData.forLinux();
  userData.addCommands(...commands);
  return userData;
}
