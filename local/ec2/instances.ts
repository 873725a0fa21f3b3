import type {
  AgentHost,
  AgentHosts,
  InstanceLauncher,
  InstanceRequest,
  LaunchedInstance,
  LaunchFaults,
  TerminationCause,
} from '../ports';
import type { Timer } from '../simulation/clock';
import { arn } from '../world';
import type { World } from '../world';
import { ServiceError } from '../wire/service';
import { capacityError } from './capacity-errors';
import type { InstanceShapes } from './instance-shapes';
import type { Tags } from './tags';

/** Between the notice and the reclaim of a Spot Instance. */
const INTERRUPTION_NOTICE_SECONDS = 120;

/** One instance, and its life so far. Times are milliseconds since the epoch. */
export interface Instance extends AgentHost {
  readonly reservationId: string;
  readonly request: InstanceRequest;
  readonly runningAt?: number;
  readonly interruptionWarningAt?: number;
  readonly shuttingDownAt?: number;
  readonly terminatedAt?: number;
  readonly terminationCause?: TerminationCause;
  readonly terminationReason?: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Listener = (instance: LaunchedInstance) => void;

/** Every instance there is or was, from launch to termination. */
export class Instances implements InstanceLauncher, AgentHosts {
  private readonly byId = new Map<string, Mutable<Instance>>();
  private readonly bootTimers = new Map<string, Timer>();
  private readonly stateListeners: Listener[] = [];
  private readonly warningListeners: Listener[] = [];
  private readonly random;

  constructor(
    private readonly world: World,
    private readonly shapes: InstanceShapes,
    private readonly faults: LaunchFaults,
    private readonly tags: Tags,
  ) {
    this.random = world.random.fork();
  }

  launch(request: InstanceRequest): Instance {
    const { instanceType, availabilityZone, spot, requester } = request;
    const physical = this.shapes.get(instanceType);
    if (!physical) {
      throw new ServiceError('InvalidParameterValue', `Invalid value '${instanceType}' for InstanceType.`);
    }
    const failure = this.faults.failure(requester, instanceType, availabilityZone, spot);
    if (failure !== undefined) throw capacityError(failure, instanceType, availabilityZone, spot);

    const instance: Mutable<Instance> = {
      ordinal: this.byId.size,
      instanceId: `i-${this.random.hex(17)}`,
      reservationId: `r-${this.random.hex(17)}`,
      instanceType,
      availabilityZone,
      spot,
      launchTime: this.world.clock.now(),
      state: 'pending',
      physical,
      userData: request.userData,
      imageId: request.imageId,
      instanceProfile: request.instanceProfile,
      requester,
      request,
    };
    this.byId.set(instance.instanceId, instance);
    const tags = Object.entries(request.tags).map(([Key, Value]) => ({ Key, Value }));
    this.tags.register(instance.instanceId, 'instance', [{ ResourceType: 'instance', Tags: tags }]);
    this.publishState(instance);
    const boot = this.world.clock.after(this.world.settings.instancePendingSeconds * 1000, () => {
      instance.runningAt = this.world.clock.now();
      this.enter(instance, 'running');
    });
    this.bootTimers.set(instance.instanceId, boot);
    return instance;
  }

  terminate(instanceId: string, reason: string, cause: TerminationCause = 'scale-in'): void {
    const instance = this.byId.get(instanceId);
    if (!instance || instance.state === 'shutting-down' || instance.state === 'terminated') return;
    this.bootTimers.get(instanceId)?.cancel();
    this.bootTimers.delete(instanceId);
    instance.shuttingDownAt = this.world.clock.now();
    instance.terminationCause = cause;
    instance.terminationReason = reason;
    instance.stateReason = STATE_REASONS[cause].code;
    this.enter(instance, 'shutting-down');
    this.world.clock.after(this.world.settings.instanceShutdownSeconds * 1000, () => {
      instance.terminatedAt = this.world.clock.now();
      this.enter(instance, 'terminated');
    });
  }

  /**
   * Takes a Spot Instance back: the warning now, the end two minutes later.
   * @throws Error when it is not a Spot Instance that runs
   */
  reclaim(instanceId: string): void {
    const instance = this.byId.get(instanceId);
    if (!instance?.spot || (instance.state !== 'running' && instance.state !== 'pending')) {
      throw new Error(`${instanceId} is not a live Spot Instance: nothing can be reclaimed`);
    }
    if (instance.interruptionWarningAt !== undefined) return;
    instance.interruptionWarningAt = this.world.clock.now();
    this.publish(instance, 'EC2 Spot Instance Interruption Warning', { 'instance-action': 'terminate' });
    for (const listener of this.warningListeners) listener(instance);
    this.world.clock.after(INTERRUPTION_NOTICE_SECONDS * 1000, () =>
      this.terminate(instanceId, 'The Spot Instance was reclaimed', 'spot-reclaim'),
    );
  }

  get(instanceId: string): Instance | undefined {
    return this.byId.get(instanceId);
  }

  host(instanceId: string): Instance | undefined {
    return this.byId.get(instanceId);
  }

  /** In the order they were launched, with those that are gone. */
  all(): readonly Instance[] {
    return [...this.byId.values()];
  }

  onStateChange(listener: Listener): void {
    this.stateListeners.push(listener);
  }

  onInterruptionWarning(listener: Listener): void {
    this.warningListeners.push(listener);
  }

  private enter(instance: Mutable<Instance>, state: Instance['state']): void {
    instance.state = state;
    this.publishState(instance);
    for (const listener of this.stateListeners) listener(instance);
  }

  private publishState(instance: Instance): void {
    this.publish(instance, 'EC2 Instance State-change Notification', { state: instance.state });
  }

  private publish(instance: Instance, detailType: string, detail: object): void {
    this.world.events.publish({
      source: 'aws.ec2',
      detailType,
      resources: [arn(this.world, 'ec2', `instance/${instance.instanceId}`)],
      detail: { 'instance-id': instance.instanceId, ...detail },
    });
  }
}

/** What EC2 says of an instance that ended so. */
export const STATE_REASONS: Readonly<Record<TerminationCause, { code: string; message: string }>> = {
  'scale-in': { code: 'Client.UserInitiatedShutdown', message: 'User initiated shutdown' },
  'group-deletion': { code: 'Client.UserInitiatedShutdown', message: 'User initiated shutdown' },
  'user-request': { code: 'Client.UserInitiatedShutdown', message: 'User initiated shutdown' },
  'spot-reclaim': { code: 'Server.SpotInstanceTermination', message: 'Spot Instance termination' },
  'host-failure': { code: 'Server.InternalError', message: 'Internal error' },
};
