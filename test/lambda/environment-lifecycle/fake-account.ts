import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as batch from '@aws-sdk/client-batch';
import * as ecs from '@aws-sdk/client-ecs';
import * as lambda from '@aws-sdk/client-lambda';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { createHandler, type LifecycleEvent } from '../../../lambda/environment-lifecycle/handler';
import { FaultSchedule } from '../../../local/faults/fault-schedule';
import { DEFAULT_SETTINGS } from '../../../local/settings';
import { Activities } from '../../../local/simulation/activities';
import { Random } from '../../../local/simulation/random';
import { VirtualClock } from '../../../local/simulation/virtual-clock';
import { CallLog } from '../../../local/wire/call-log';
import { clientSettings, InProcessRequestHandler } from '../../../local/wire/in-process';
import { Router } from '../../../local/wire/router';
import { type Operation, ServiceError } from '../../../local/wire/service';

export const GROUP = 'pool-group';
export const CLUSTER = 'arn:aws:ecs:us-east-1:123456789012:cluster/foreman';
export const ENVIRONMENT = 'arn:aws:batch:us-east-1:123456789012:compute-environment/foreman';
/** How long an instance is Terminating. */
const TERMINATION = 40_000;
const INVOCATION = 15 * 60_000;

export interface FakeInstance {
  state: 'Pending' | 'InService' | 'Terminating';
  protected: boolean;
  /** What ECS knows of it, once it has registered. */
  ecs?: { status: 'ACTIVE' | 'DRAINING' | 'INACTIVE'; tasks: number };
  terminatedAt?: number;
}

export interface Answer {
  Status: 'SUCCESS' | 'FAILED';
  Reason?: string;
  PhysicalResourceId: string;
  Data?: Record<string, string>;
  RequestId: string;
}

/** As much of an account as the handler sees: one group, one cluster, one environment. Time passes only in sleeps. */
export class FakeAccount {
  time = Date.UTC(2026, 0, 1);
  group: { min: number; max: number; desired: number; protectsNew: boolean; suspended: string[] } | undefined = {
    min: 0,
    max: 4,
    desired: 0,
    protectsNew: true,
    suspended: [],
  };
  readonly instances = new Map<string, FakeInstance>();
  environment: { status: string; statusReason?: string; ecsClusterArn?: string } | undefined = {
    status: 'VALID',
    ecsClusterArn: CLUSTER,
  };
  clusterIsThere = true;
  /** Jobs that were ended by what the handler did. */
  killed = 0;
  answers: Answer[] = [];
  invocations = 0;
  /** What else happens, by the time after the start. */
  readonly later = new Map<number, () => void>();
  readonly calls: string[] = [];
  refuse: Record<string, ServiceError> = {};
  putFailures = 0;

  private readonly start = this.time;
  private readonly again: LifecycleEvent[] = [];
  private readonly settings = this.clients();

  instance(id: string, instance: Partial<FakeInstance> = {}): FakeInstance {
    const made: FakeInstance = { state: 'InService', protected: true, ...instance };
    this.instances.set(id, made);
    this.group!.desired++;
    return made;
  }

  /** Sends the request and runs the function until it has answered or given up. */
  async request(
    RequestType: 'Create' | 'Update' | 'Delete',
    ResourceType: string,
    ResourceProperties: object,
    PhysicalResourceId = GROUP,
  ): Promise<Answer> {
    this.again.push({
      RequestType,
      ResourceType,
      ResourceProperties,
      RequestId: 'request-1',
      StackId: 'stack',
      LogicalResourceId: 'Resource',
      ResponseURL: 'https://response',
      ...(RequestType !== 'Create' && { PhysicalResourceId }),
    } as CloudFormationCustomResourceEvent);
    for (let event = this.again.shift(); event; event = this.again.shift()) {
      this.invocations++;
      const deadline = this.time + INVOCATION;
      const handler = createHandler({
        clients: this.settings,
        clock: { now: () => new Date(this.time), sleep: async (milliseconds) => this.sleep(milliseconds, deadline) },
        random: () => 0.5,
        env: { AWS_LAMBDA_FUNCTION_NAME: 'lifecycle' },
        log: () => {},
        put: async (url, body) => {
          if (this.putFailures-- > 0) throw new Error(`${url} is not there`);
          this.answers.push(JSON.parse(body) as Answer);
        },
      });
      await handler(event, { awsRequestId: 'r', getRemainingTimeInMillis: () => deadline - this.time });
    }
    return this.answers.at(-1)!;
  }

  seconds(): number {
    return (this.time - this.start) / 1000;
  }

  private sleep(milliseconds: number, deadline: number): void {
    const until = this.time + milliseconds;
    if (until > deadline) throw new Error('The function was stopped');
    for (const [at, happens] of [...this.later].sort(([a], [b]) => a - b)) {
      if (this.start + at > until) break;
      this.later.delete(at);
      happens();
    }
    this.time = until;
    for (const [id, { terminatedAt }] of this.instances) {
      if (terminatedAt !== undefined && this.time - terminatedAt >= TERMINATION) this.instances.delete(id);
    }
  }

  private terminate(instance: FakeInstance): void {
    instance.state = 'Terminating';
    instance.terminatedAt = this.time;
    if (instance.ecs && instance.ecs.status !== 'INACTIVE') this.killed += instance.ecs.tasks;
  }

  /** What Auto Scaling does by itself: it removes what it may until it has what it wants. */
  private scaleIn(): void {
    const live = [...this.instances.values()].filter(({ state }) => state !== 'Terminating');
    const excess = live.length - this.group!.desired;
    const removable = live.filter((instance) => !instance.protected && instance.state === 'InService');
    removable.slice(0, Math.max(0, excess)).forEach((instance) => this.terminate(instance));
  }

  private registered(): [string, NonNullable<FakeInstance['ecs']>][] {
    if (!this.clusterIsThere) throw new ServiceError('ClusterNotFoundException', 'Cluster not found.');
    return [...this.instances].flatMap(([id, { ecs: known }]) => (known ? [[id, known]] : []));
  }

  private clients(): object {
    const activities = new Activities();
    const world = {
      clock: new VirtualClock(this.time, activities),
      random: new Random(1),
      settings: DEFAULT_SETTINGS,
      accountId: '123456789012',
      region: 'us-east-1',
      events: { publish: () => {} },
    };
    const router = new Router(world, activities, new FaultSchedule(), new CallLog());
    router.add({ signingName: 'autoscaling', protocol: 'query', sdk: autoScaling, operations: this.groupOperations() });
    router.add({ signingName: 'ecs', protocol: 'json1.1', sdk: ecs, operations: this.clusterOperations() });
    router.add({
      signingName: 'batch',
      protocol: 'restJson1',
      sdk: batch,
      operations: this.recorded({
        DescribeComputeEnvironments: () => ({
          computeEnvironments: this.environment
            ? [{ computeEnvironmentName: 'foreman', computeEnvironmentArn: ENVIRONMENT, ...this.environment }]
            : [],
        }),
      }),
    });
    router.add({
      signingName: 'lambda',
      protocol: 'restJson1',
      sdk: lambda,
      operations: this.recorded({
        Invoke: ({ Payload }: lambda.InvokeCommandInput) => {
          this.again.push(JSON.parse(Buffer.from(Payload as Uint8Array).toString()) as LifecycleEvent);
          return { StatusCode: 202 };
        },
      }),
    });
    return clientSettings(world.region, new InProcessRequestHandler(router, { principalArn: 'lifecycle' }));
  }

  private recorded(operations: Record<string, Operation>): Record<string, Operation> {
    return Object.fromEntries(
      Object.entries(operations).map(([name, operation]): [string, Operation] => [
        name,
        (input, call) => {
          this.calls.push(name);
          if (this.refuse[name]) throw this.refuse[name];
          return operation(input, call);
        },
      ]),
    );
  }

  private groupOperations(): Record<string, Operation> {
    return this.recorded({
      DescribeAutoScalingGroups: () => ({ AutoScalingGroups: this.group ? [this.description()] : [] }),
      SuspendProcesses: ({ ScalingProcesses }: autoScaling.SuspendProcessesCommandInput) => {
        if (!this.group) throw new ServiceError('ValidationError', `AutoScalingGroup name not found - ${GROUP}`);
        this.group.suspended.push(...ScalingProcesses!);
      },
      UpdateAutoScalingGroup: (input: autoScaling.UpdateAutoScalingGroupCommandInput) => {
        const group = this.group!;
        group.min = input.MinSize ?? group.min;
        group.max = input.MaxSize ?? group.max;
        group.desired = Math.min(group.max, input.DesiredCapacity ?? group.desired);
        group.protectsNew = input.NewInstancesProtectedFromScaleIn ?? group.protectsNew;
        this.scaleIn();
      },
      SetInstanceProtection: (input: autoScaling.SetInstanceProtectionCommandInput) => {
        for (const id of input.InstanceIds!) this.instances.get(id)!.protected = input.ProtectedFromScaleIn!;
        this.scaleIn();
      },
      TerminateInstanceInAutoScalingGroup: (input: autoScaling.TerminateInstanceInAutoScalingGroupCommandInput) => {
        if (input.ShouldDecrementDesiredCapacity && this.group!.desired <= this.group!.min) {
          throw new ServiceError('ValidationError', 'the group would go below its minimum');
        }
        this.terminate(this.instances.get(input.InstanceId!)!);
      },
    });
  }

  private description(): autoScaling.AutoScalingGroup {
    const { min, max, desired, protectsNew } = this.group!;
    return {
      AutoScalingGroupName: GROUP,
      MinSize: min,
      MaxSize: max,
      DesiredCapacity: desired,
      NewInstancesProtectedFromScaleIn: protectsNew,
      DefaultCooldown: 300,
      AvailabilityZones: ['us-east-1a'],
      HealthCheckType: 'EC2',
      CreatedTime: new Date(this.start),
      Instances: [...this.instances].map(([InstanceId, instance]) => ({
        InstanceId,
        AvailabilityZone: 'us-east-1a',
        LifecycleState: instance.state,
        HealthStatus: 'Healthy',
        ProtectedFromScaleIn: instance.protected,
      })),
    };
  }

  private clusterOperations(): Record<string, Operation> {
    const byArn = (arn: string) => this.instances.get(arn)!.ecs!;
    return this.recorded({
      ListContainerInstances: () => ({ containerInstanceArns: this.registered().map(([id]) => id) }),
      DescribeContainerInstances: ({ containerInstances }: ecs.DescribeContainerInstancesCommandInput) => ({
        containerInstances: containerInstances!.map((id) => ({
          containerInstanceArn: id,
          ec2InstanceId: id,
          status: byArn(id).status,
          runningTasksCount: byArn(id).tasks,
          pendingTasksCount: 0,
        })),
      }),
      UpdateContainerInstancesState: (input: ecs.UpdateContainerInstancesStateCommandInput) => {
        for (const id of input.containerInstances!) byArn(id).status = input.status as 'DRAINING';
        return {};
      },
      DeregisterContainerInstance: ({ containerInstance }: ecs.DeregisterContainerInstanceCommandInput) => {
        const known = byArn(containerInstance!);
        if (known.tasks > 0)
          throw new ServiceError('InvalidParameterException', 'Found running tasks on the instance.');
        known.status = 'INACTIVE';
        return {};
      },
    });
  }
}
