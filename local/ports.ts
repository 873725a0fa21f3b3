import type { LaunchTemplateBlockDeviceMappingRequest } from '@aws-sdk/client-ec2';
import type { Activity } from './simulation/activities';
import type { Caller } from './wire/service';
import type { Shape } from './wire/shapes';

/** What the services of the local AWS ask of each other behind their APIs. */

export interface Resources {
  vcpus: number;
  memoryMiB: number;
  gpus: number;
}

export interface PlaceableInstance {
  readonly containerInstanceArn: string;
  readonly ec2InstanceId: string;
  /** What no task has reserved; kept up to date as tasks start and stop. */
  readonly remaining: Readonly<Resources>;
}

export interface TaskRequest {
  clusterArn: string;
  containerInstanceArn: string;
  resources: Resources;
  /** The job that the task is for, as ECS shows it (`startedBy`, `group`). */
  startedBy: string;
  /** What the agent pulls and where it has the output logged, and with whose rights if not its own. */
  container?: { image: string; logGroup: string; executionRoleArn?: string };
  /** How long the task is PENDING before its container runs. @default 0 */
  pendingSeconds?: number;
  /**
   * Told once when the instance goes away under the task, or somebody stops it through ECS; the reason is what Batch then
   * reports of the attempt. The resources are free again by then.
   */
  onHostLost(reason: string): void;
}

/** What Batch asks of ECS. */
export interface TaskPlacement {
  createCluster(name: string): string;
  deleteCluster(clusterArn: string): void;
  /** Connected instances that tasks may be placed on, in the order they were launched. */
  placeable(clusterArn: string): readonly PlaceableInstance[];
  /** Reserves the resources. @returns the task's ARN */
  startTask(request: TaskRequest): string;
  /** Frees the resources; does nothing to a task that has ended. */
  stopTask(taskArn: string, reason: string, exitCode?: number): void;
  /** Called whenever an instance of the cluster can take more than before, other than by `stopTask`. */
  onCapacity(listener: (clusterArn: string) => void): void;
}

export interface InstanceRequest {
  instanceType: string;
  imageId?: string;
  /** Plain text, not base64. */
  userData: string;
  availabilityZone: string;
  subnetId?: string;
  spot: boolean;
  /** Name or ARN of the instance profile. */
  instanceProfile?: string;
  launchTemplate?: { launchTemplateId: string; version: string };
  tags: Readonly<Record<string, string>>;
  /** Who asked: `autoscaling:<group>` or `batch:<environment>`; launch faults name pools by it. */
  requester: string;
}

export interface LaunchedInstance {
  readonly instanceId: string;
  readonly instanceType: string;
  readonly availabilityZone: string;
  readonly launchTime: number;
  readonly spot: boolean;
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated';
  readonly stateReason?: string;
}

/** Why an instance ended; `scale-in` is what a controller answers for. */
export type TerminationCause = 'scale-in' | 'group-deletion' | 'spot-reclaim' | 'user-request' | 'host-failure';

/** What Auto Scaling and Batch ask of EC2. */
export interface InstanceLauncher {
  /** @throws ServiceError `InsufficientInstanceCapacity`, … when a fault or a limit says so. */
  launch(request: InstanceRequest): LaunchedInstance;
  /**
   * Does nothing to an instance that is already going.
   * @param reason in words, for the history
   * @param cause @default 'scale-in'
   */
  terminate(instanceId: string, reason: string, cause?: TerminationCause): void;
  get(instanceId: string): LaunchedInstance | undefined;
  /** Every change of state, whoever caused it (Spot reclaim included). */
  onStateChange(listener: (instance: LaunchedInstance) => void): void;
}

/** An instance as its ECS agent finds it. */
export interface AgentHost extends LaunchedInstance {
  /** Counts launches: instances of one moment stay in the order they were launched. */
  readonly ordinal: number;
  /** What the machine has; its agent registers a little less memory. */
  readonly physical: Readonly<Resources>;
  readonly userData: string;
  readonly imageId?: string;
  /** Name or ARN. */
  readonly instanceProfile?: string;
  readonly requester: string;
}

/** What ECS asks of EC2: the machines that agents run on. */
export interface AgentHosts {
  host(instanceId: string): AgentHost | undefined;
  onStateChange(listener: (instance: LaunchedInstance) => void): void;
  /** The notice that a Spot Instance gets two minutes before it is reclaimed. */
  onInterruptionWarning(listener: (instance: LaunchedInstance) => void): void;
}

/** A launch template version, found. */
export interface ResolvedLaunchTemplate {
  readonly launchTemplateId: string;
  readonly launchTemplateName: string;
  /** The number that `$Latest` or `$Default` stood for. */
  readonly version: string;
  readonly instanceType?: string;
  readonly imageId?: string;
  /** Plain text, not base64. */
  readonly userData: string;
  readonly instanceProfile?: string;
  readonly spot: boolean;
  /** Tags for the instances. */
  readonly tags: Readonly<Record<string, string>>;
  readonly blockDevices: readonly LaunchTemplateBlockDeviceMappingRequest[];
  /** Tags for their volumes. */
  readonly volumeTags: Readonly<Record<string, string>>;
}

/** A launch template by its id or its name. */
export interface LaunchTemplateReference {
  readonly launchTemplateId?: string;
  readonly launchTemplateName?: string;
  /** A number, `$Latest` or `$Default`. @default `$Default` */
  readonly version?: string;
}

/** What Auto Scaling and Batch ask of EC2 before they launch. */
export interface LaunchSources {
  /** @throws ServiceError as EC2 names it when there is no such template or version */
  launchTemplate(template: LaunchTemplateReference): ResolvedLaunchTemplate;
  /** @returns undefined when there is no such subnet */
  availabilityZoneOf(subnetId: string): string | undefined;
}

/** What CloudFormation's loader tells EC2: networks that stacks name without making them. */
export interface ExistingNetworks {
  adoptVpc(vpcId: string): void;
  adoptSubnet(subnetId: string, availabilityZone: string): void;
}

/** What ECS asks of the boot of instances: whether the agent may start. */
export interface Boots {
  /** @param then called once all that the user data mounts is mounted; never when something cannot be */
  whenMounted(instanceId: string, then: () => void): void;
}

/** What Batch asks of EFS when it starts a job. */
export interface JobVolumes {
  /**
   * @param instanceId of the host; none on Fargate
   * @param role of the job
   * @returns why the file system cannot be mounted there
   */
  mount(
    fileSystemId: string,
    accessPointId: string | undefined,
    instanceId: string | undefined,
    role: string | undefined,
  ): string | undefined;
}

/** What EC2 and ECS ask of the faults. */
export interface LaunchFaults {
  /** @returns the error code that EC2 answers a launch with, if it is to fail */
  failure(requester: string, instanceType: string, availabilityZone: string, spot: boolean): string | undefined;
  /** Whether the agents of this requester's instances never register. */
  neverRegister(requester: string): boolean;
}

/** What EC2 asks of the faults about volumes. */
export interface VolumeFaults {
  /** Asked once for each snapshot: whether it ends in `error`. */
  snapshotFails(): boolean;
}

/** What EventBridge, Scheduler, SQS, SNS and CloudFormation ask of Lambda. */
export interface FunctionInvoker {
  /** As the asynchronous API: queued, retried as configured, dead-lettered. */
  invokeAsync(functionArn: string, event: unknown): void;
  /** As the synchronous API: resolves with the outcome once the invocation has ended. */
  invoke(functionArn: string, event: unknown): Promise<InvocationOutcome>;
}

export type InvocationOutcome =
  | { status: 'succeeded'; result: unknown }
  | { status: 'failed'; errorType: string; error: string }
  | { status: 'throttled' };

/** What EventBridge, Scheduler and Lambda ask of SQS. */
export interface MessageSender {
  send(queueArn: string, body: string, options?: MessageOptions): void;
}

export interface MessageOptions {
  delaySeconds?: number;
  /** Of a FIFO queue. */
  groupId?: string;
  deduplicationId?: string;
  /** String attributes by name. */
  attributes?: Readonly<Record<string, string>>;
}

/** What Lambda asks of CloudFormation's loader: where the code of a deployed function lies. */
export interface CodeStore {
  /** The directory that holds what was zipped into this object of the assets bucket. */
  directory(bucket: string, key: string): string | undefined;
}

/** Who takes the documents that functions put to presigned addresses: CloudFormation, as answers of custom resources. */
export interface ResponseReceiver {
  put(url: string, body: string): Promise<void>;
}

/** What EventBridge, Lambda and CloudWatch alarms ask of SNS. */
export interface TopicPublisher {
  /** @throws ServiceError when there is no such topic. */
  publish(topicArn: string, message: string, options?: { subject?: string }): void;
}

/** What Lambda and CloudFormation ask of the router. */
export interface ClientTransport {
  /**
   * Settings for the SDK clients of one invocation: `new BatchClient({...settings})`. Every call goes through
   * `activity.awaiting`; a crash fault calls `activity.crash()` and never answers. No setting is left for the SDK to look
   * up in files, and refusals are not retried unless `retryStrategy` is given.
   */
  clientSettingsFor(caller: Caller, activity: Activity): object;
}

/**
 * Told of what AWS itself does with the rights of a role: Lambda polls a queue as the function, the ECS agent registers
 * as its instance. Such calls do not pass the router, but need the same permissions.
 */
export interface DelegatedCalls {
  /**
   * @param service as the prefix of its actions in policies: `sqs`, `ecr`
   * @param input as the API takes it; a queue may be told by its ARN
   */
  note(roleArn: string, service: string, operation: string, input: object): void;
}

/** What the ECS agents ask of IAM. */
export interface InstanceRoles {
  /** @param instanceProfile its name or ARN. @returns the ARN of its role, when a stack has made it */
  roleOf(instanceProfile: string): string | undefined;
}

/** What Scheduler's universal targets ask of the router. */
export interface ApiCaller {
  /**
   * Calls any operation of any service as an SDK client would.
   * @param service as universal targets spell it: `batch`, `sqs`, `eventbridge`
   * @param operation in Pascal case
   * @param input in the SDK's own spelling of members
   * @throws ServiceError as the service refuses
   */
  call(caller: Caller, service: string, operation: string, input: object): Promise<object>;
  /** What the operation takes; undefined when the local AWS does not know it. */
  inputShape(service: string, operation: string): Shape | undefined;
}

/** What EventBridge asks of the faults: whether events are lost, doubled, late or out of order. */
export interface EventFaults {
  /** Asked once per event and target. @returns how many milliseconds late each copy arrives; none when it is lost. */
  deliveries(detailType: string): readonly number[];
}

/** What Lambda asks of the faults. */
export interface ClockFaults {
  /** @returns by how many milliseconds a function's clock is ahead */
  clockOffset(functionName: string): number;
}

/** Where functions and other services write log lines. */
export interface LogSink {
  write(logGroup: string, logStream: string, line: string): void;
}

/** What services ask of CloudWatch: metrics that AWS publishes about its own services. */
export interface MetricSink {
  record(namespace: string, metric: string, dimensions: Readonly<Record<string, string>>, value: number): void;
  /**
   * Quantities of which a sample is taken each minute: a queue's length.
   * @returns to be called whenever one of them may have changed
   */
  gauges(
    namespace: string,
    dimensions: Readonly<Record<string, string>>,
    readers: Readonly<Record<string, () => number>>,
  ): () => void;
}
