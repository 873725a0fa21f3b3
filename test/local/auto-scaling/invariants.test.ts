/** What holds of a group whatever is asked of it, and whatever fails. */
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import fc from 'fast-check';
import { Compute } from '../ec2/compute';

const ZONES = ['us-east-1a', 'us-east-1b', 'us-east-1c'];

type Step =
  | { do: 'desire'; count: number }
  | { do: 'resize'; min: number; max: number }
  | { do: 'terminate'; index: number; decrement: boolean }
  | { do: 'protect'; index: number; protect: boolean }
  | { do: 'lose'; index: number }
  | { do: 'fail'; zones: string[] }
  | { do: 'suspend'; process: string }
  | { do: 'resume' };

const index = fc.nat({ max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('desire' as const), count: fc.nat({ max: 8 }) }),
  fc.record({ do: fc.constant('resize' as const), min: fc.nat({ max: 3 }), max: fc.nat({ max: 8 }) }),
  fc.record({ do: fc.constant('terminate' as const), index, decrement: fc.boolean() }),
  fc.record({ do: fc.constant('protect' as const), index, protect: fc.boolean() }),
  fc.record({ do: fc.constant('lose' as const), index }),
  fc.record({ do: fc.constant('fail' as const), zones: fc.subarray(ZONES) }),
  fc.record({
    do: fc.constant('suspend' as const),
    process: fc.constantFrom('Launch', 'Terminate', 'HealthCheck', 'ReplaceUnhealthy', 'AZRebalance'),
  }),
  fc.record({ do: fc.constant('resume' as const) }),
);
/** What is asked, and the seconds until the next thing is: often within the same launch or termination. */
const steps = fc.array(fc.tuple(step, fc.oneof(fc.constant(0), fc.nat({ max: 10 }), fc.nat({ max: 120 }))), {
  minLength: 1,
  maxLength: 30,
  size: 'max',
});

class Trial {
  readonly compute = new Compute();
  private failing: string[] = [];
  /** Ended by us, by name: protection does not hold these. */
  private readonly named = new Set<string>();

  constructor(private readonly rebalancing: boolean) {
    this.compute.failing = (_, __, zone) => {
      const { MaxSize } = this.group();
      const margin = rebalancing ? 1 : 0;
      expect(this.live().length).toBeLessThan(MaxSize! + margin);
      return this.failing.includes(zone) ? 'InsufficientInstanceCapacity' : undefined;
    };
    this.compute.ec2.onStateChange(({ instanceId, state }) => {
      if (state !== 'shutting-down' || this.named.has(instanceId)) return;
      const member = this.group().Instances!.find((one) => one.InstanceId === instanceId);
      const wasRunning = this.compute.ec2.history().find((one) => one.instanceId === instanceId)!.runningAt;
      // An unhealthy one is replaced, protected or not.
      if (member?.HealthStatus === 'Healthy' && wasRunning !== undefined) {
        expect(member.ProtectedFromScaleIn).toBe(false);
      }
    });
  }

  async begin(protect: boolean): Promise<void> {
    await this.compute.group('pool', { MaxSize: 6, NewInstancesProtectedFromScaleIn: protect });
    if (this.rebalancing) await this.call('ResumeProcesses');
  }

  async take(next: Step): Promise<void> {
    const live = this.live();
    const id = 'index' in next ? live[next.index % live.length]?.InstanceId : undefined;
    switch (next.do) {
      case 'desire':
        return this.call('SetDesiredCapacity', { DesiredCapacity: next.count });
      case 'resize':
        return this.call('UpdateAutoScalingGroup', { MinSize: next.min, MaxSize: next.max });
      case 'terminate':
        if (id === undefined) return;
        this.named.add(id);
        return this.call('TerminateInstanceInAutoScalingGroup', {
          AutoScalingGroupName: undefined,
          InstanceId: id,
          ShouldDecrementDesiredCapacity: next.decrement,
        });
      case 'protect':
        if (id === undefined) return;
        return this.call('SetInstanceProtection', { InstanceIds: [id], ProtectedFromScaleIn: next.protect });
      case 'lose':
        if (id === undefined) return;
        this.named.add(id);
        return this.compute.ec2.terminate(id, 'lost', 'host-failure');
      case 'fail':
        this.failing = next.zones;
        return;
      case 'suspend':
        return this.call('SuspendProcesses', { ScalingProcesses: [next.process] });
      case 'resume':
        await this.call('ResumeProcesses');
        if (!this.rebalancing) await this.call('SuspendProcesses', { ScalingProcesses: ['AZRebalance'] });
        return;
    }
  }

  /** What is refused changes nothing; anything but a refusal is a fault of ours. */
  private async call(operation: string, input: object = {}): Promise<void> {
    try {
      await this.compute.call('autoscaling', operation, { AutoScalingGroupName: 'pool', ...input });
    } catch (error) {
      expect(error).toMatchObject({ name: expect.stringMatching(/^(ValidationError|ScalingActivityInProgress)$/) });
    }
  }

  group(): AutoScalingGroup {
    const call = { caller: { principalArn: 'test' }, requestId: 'test' };
    const describe = this.compute.autoScaling.api.operations.DescribeAutoScalingGroups!;
    const { AutoScalingGroups } = describe({}, call) as { AutoScalingGroups: AutoScalingGroup[] };
    return AutoScalingGroups[0]!;
  }

  live(): NonNullable<AutoScalingGroup['Instances']> {
    return this.group().Instances!.filter(({ LifecycleState }) => LifecycleState !== 'Terminating');
  }
}

function checkSizes({ MinSize, MaxSize, DesiredCapacity }: AutoScalingGroup): void {
  expect(MinSize).toBeLessThanOrEqual(DesiredCapacity!);
  expect(DesiredCapacity).toBeLessThanOrEqual(MaxSize!);
}

test.each([false, true])(
  'property (zones rebalanced: %s): nothing launches above the maximum, no protected instance is chosen, and the ' +
    'group converges on what is desired',
  async (rebalancing) => {
    await fc.assert(
      fc.asyncProperty(fc.boolean(), steps, async (protect, taken) => {
        const trial = new Trial(rebalancing);
        await trial.begin(protect);
        for (const [next, seconds] of taken) {
          await trial.take(next);
          checkSizes(trial.group());
          await trial.compute.seconds(seconds);
        }
        await trial.take({ do: 'fail', zones: [] });
        await trial.take({ do: 'resume' });
        await trial.compute.seconds(4 * 3600);
        const { DesiredCapacity, Instances } = trial.group();
        const surplus = Instances!.length > DesiredCapacity!;
        expect(Instances!.length).toBeGreaterThanOrEqual(DesiredCapacity!);
        if (surplus) expect(Instances!.every((one) => one.ProtectedFromScaleIn)).toBe(true);
        expect(Instances!.every((one) => one.LifecycleState === 'InService' && one.HealthStatus === 'Healthy')).toBe(
          true,
        );
        const running = trial.compute.ec2.history().filter(({ state }) => state === 'running');
        expect(running.map(({ instanceId }) => instanceId).sort()).toEqual(
          Instances!.map(({ InstanceId }) => InstanceId).sort(),
        );
      }),
      { numRuns: 60 },
    );
  },
  60_000,
);
