import { EcsService } from '../../../local/ecs/ecs-service';
import { AutoScalingService } from '../../../local/auto-scaling/auto-scaling-service';
import { Ec2Service } from '../../../local/ec2/ec2-service';
import { FaultSchedule } from '../../../local/faults/fault-schedule';
import type { InstanceRequest, LaunchFaults, VolumeFaults } from '../../../local/ports';
import { Activities } from '../../../local/simulation/activities';
import { Random } from '../../../local/simulation/random';
import { VirtualClock } from '../../../local/simulation/virtual-clock';
import { DEFAULT_SETTINGS } from '../../../local/settings';
import type { Settings } from '../../../local/settings';
import { CallLog } from '../../../local/wire/call-log';
import { Router } from '../../../local/wire/router';
import type { EventSink, World } from '../../../local/world';

export const START = Date.UTC(2026, 0, 1);

type PublishedEvent = Parameters<EventSink['publish']>[0] & { time: number };

/** EC2, ECS and Auto Scaling on a virtual clock; every request and answer is held against the SDK's schemas. */
export class Compute {
  private readonly activities = new Activities();
  readonly clock = new VirtualClock(START, this.activities);
  /** Fails the launches for which it gives an error code. */
  failing: LaunchFaults['failure'] = () => undefined;
  /** Keeps the agents of these requesters' instances from registering. */
  mute: LaunchFaults['neverRegister'] = () => false;
  /** Whether snapshots that are begun end in error. */
  snapshotsFail = false;
  readonly events: PublishedEvent[] = [];
  readonly ec2: Ec2Service;
  readonly ecs: EcsService;
  readonly autoScaling: AutoScalingService;
  private readonly router: Router;

  constructor(settings: Partial<Settings> = {}, seed = 1) {
    const world: World = {
      clock: this.clock,
      random: new Random(seed),
      settings: { ...DEFAULT_SETTINGS, ...settings },
      accountId: '123456789012',
      region: 'us-east-1',
      events: { publish: (event) => void this.events.push({ ...event, time: this.clock.now() }) },
    };
    const faults: LaunchFaults & VolumeFaults = {
      failure: (...launch) => this.failing(...launch),
      neverRegister: (requester) => this.mute(requester),
      snapshotFails: () => this.snapshotsFail,
    };
    this.ec2 = new Ec2Service(world, faults);
    this.ecs = new EcsService(world, this.ec2, faults);
    this.autoScaling = new AutoScalingService(world, this.ec2);
    this.router = new Router(world, this.activities, new FaultSchedule(), new CallLog());
    for (const { api } of [this.ec2, this.ecs, this.autoScaling]) this.router.add(api);
  }

  // The answers are checked against the SDK's schemas by the router; each test reads the members that it is about.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async call(service: 'ec2' | 'ecs' | 'autoscaling', operation: string, input: object = {}): Promise<any> {
    return this.router.call({ principalArn: 'arn:aws:iam::123456789012:user/tester' }, service, operation, input);
  }

  async seconds(count: number): Promise<void> {
    await this.clock.advance(count * 1000);
  }

  /** Seconds since the start. */
  now(): number {
    return (this.clock.now() - START) / 1000;
  }

  eventsOf(detailType: string): PublishedEvent[] {
    return this.events.filter((event) => event.detailType === detailType);
  }

  request(request: Partial<InstanceRequest> = {}): InstanceRequest {
    return {
      instanceType: 'm5.xlarge',
      userData: '#!/bin/bash\necho ECS_CLUSTER=jobs >> /etc/ecs/ecs.config',
      availabilityZone: 'us-east-1a',
      spot: false,
      tags: {},
      requester: 'test',
      ...request,
    };
  }

  async launchTemplate(name: string, data: object = {}): Promise<string> {
    const { LaunchTemplate } = await this.call('ec2', 'CreateLaunchTemplate', {
      LaunchTemplateName: name,
      LaunchTemplateData: {
        InstanceType: 'm5.xlarge',
        ImageId: 'ami-0123456789abcdef0',
        UserData: Buffer.from('#!/bin/bash\necho ECS_CLUSTER=jobs >> /etc/ecs/ecs.config').toString('base64'),
        ...data,
      },
    });
    return LaunchTemplate.LaunchTemplateId;
  }

  /** A group over the three default zones, AZ rebalancing suspended. */
  async group(name: string, options: object = {}): Promise<void> {
    await this.launchTemplate(`${name}-template`);
    await this.call('autoscaling', 'CreateAutoScalingGroup', {
      AutoScalingGroupName: name,
      MinSize: 0,
      MaxSize: 10,
      VPCZoneIdentifier: (await this.subnets()).join(','),
      ...(!('MixedInstancesPolicy' in options) && {
        LaunchTemplate: { LaunchTemplateName: `${name}-template`, Version: '1' },
      }),
      ...options,
    });
    await this.call('autoscaling', 'SuspendProcesses', {
      AutoScalingGroupName: name,
      ScalingProcesses: ['AZRebalance'],
    });
  }

  async subnets(): Promise<string[]> {
    const { Subnets } = await this.call('ec2', 'DescribeSubnets');
    return Subnets.map((subnet: { SubnetId: string }) => subnet.SubnetId);
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async described(group: string): Promise<any> {
    const { AutoScalingGroups } = await this.call('autoscaling', 'DescribeAutoScalingGroups', {
      AutoScalingGroupNames: [group],
    });
    return AutoScalingGroups[0];
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async members(group: string): Promise<any[]> {
    return (await this.described(group))?.Instances ?? [];
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  async scalingActivities(group: string): Promise<any[]> {
    const { Activities } = await this.call('autoscaling', 'DescribeScalingActivities', { AutoScalingGroupName: group });
    return Activities;
  }

  async setDesired(group: string, desired: number): Promise<void> {
    await this.call('autoscaling', 'SetDesiredCapacity', { AutoScalingGroupName: group, DesiredCapacity: desired });
  }
}
