import { rmSync } from 'node:fs';
import type { AutoScalingGroup } from '@aws-sdk/client-auto-scaling';
import {
  AutoScalingClient,
  DescribeAutoScalingGroupsCommand,
  UpdateAutoScalingGroupCommand,
} from '@aws-sdk/client-auto-scaling';
import {
  BatchClient,
  CancelJobCommand,
  CreateConsumableResourceCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { CreateLaunchTemplateVersionCommand, EC2Client } from '@aws-sdk/client-ec2';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { Duration } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import type { FaultPlan } from '../../../local/faults/fault-plan';
import { playScenes, type Scene, sparing, stormScenes } from '../scenes';
import { Environment, synthesize } from '../../stack/queue-depth-autoscaler/environment';
import type { History, Incident, JobPlan, Phase } from './history';
import { calmAt } from './history';
import { dependency, prospectsOf } from './prospects';
import type { Aftermath, Chronicle } from './chronicle';
import { aftermathOf, Chronicler } from './chronicle';

/** How long a history lasts at the most. */
const LONGEST_SECONDS = 3 * 3600;
/** How long it is watched after all is over. */
const QUIET_SECONDS = 300;
/** When what still waits is looked at: what a history submits has long been submitted. */
const DEADLOCK_SECONDS = 5400;
const LICENCE = 'licence';

/** What came of a history, and what the autoscaler wrote. */
export interface Outcome extends Chronicle, Aftermath {
  readonly log: Environment['log'];
}

/** Plays a history on the local AWS, with the synthesized app and the bundles that ship. */
export async function play(history: History): Promise<Outcome> {
  const assembly = synthesize(
    history.pools.map(({ instanceType, ...pool }, index) => ({
      ...pool,
      name: poolName(index),
      instanceTypes: [new ec2.InstanceType(instanceType)],
      spareInstances: Math.min(pool.spareInstances, pool.maxInstances),
    })),
    {
      scaleInAfter: Duration.seconds(history.scaleInAfterSeconds),
      provisionTimeout: Duration.seconds(history.provisionTimeoutSeconds),
    },
  );
  try {
    const environment = await Environment.deploy(assembly, history.settings);
    return await new Player(history, environment, await poolGroups(environment, history)).play();
  } finally {
    rmSync(assembly, { recursive: true });
  }
}

function poolName(index: number): string {
  return `pool${index}`;
}

/** The groups of the pools, in the pools' order. */
async function poolGroups({ aws }: Environment, { pools }: History): Promise<AutoScalingGroup[]> {
  const { AutoScalingGroups = [] } = await aws.client(AutoScalingClient).send(new DescribeAutoScalingGroupsCommand({}));
  return pools.map((_, index) =>
    AutoScalingGroups.find((group) => group.AutoScalingGroupName!.toLowerCase().includes(`pools${poolName(index)}`))!,
  );
}

class Player {
  private readonly start: number;
  private readonly chronicler: Chronicler;
  /** Ids of the submitted jobs, by their place in the history; those that were refused are missing. */
  private readonly ids = new Map<number, string>();

  constructor(
    private readonly history: History,
    private readonly environment: Environment,
    private readonly groups: readonly AutoScalingGroup[],
  ) {
    this.start = environment.aws.clock.now();
    const names = groups.map((group) => group.AutoScalingGroupName!);
    this.chronicler = new Chronicler(history, environment, names, this.ids);
  }

  async play(): Promise<Outcome> {
    const { history, environment, chronicler } = this;
    const { licences } = history;
    await environment.aws.client(BatchClient).send(
      new CreateConsumableResourceCommand({
        consumableResourceName: LICENCE,
        resourceType: licences.type,
        totalQuantity: licences.quantity,
      }),
    );
    const clock = environment.aws.virtualClock!;
    await playScenes(environment.aws, this.start, this.scenes());
    const limit = this.start + LONGEST_SECONDS * 1000;
    await clock.runUntilHolds(() => chronicler.isOver(), this.start + DEADLOCK_SECONDS * 1000);
    await this.endDeadlock();
    do {
      await clock.runUntilHolds(() => chronicler.isOver(), limit - QUIET_SECONDS * 1000);
      await environment.advance(QUIET_SECONDS);
    } while (!chronicler.isOver() && clock.now() < limit);
    return { ...chronicler.chronicle(), ...(await aftermathOf(environment)), log: environment.log };
  }

  private scenes(): Scene[] {
    const { history } = this;
    const scenes = stormScenes(this.environment.aws, history.storm, (phase) => this.faultsOf(phase));
    history.jobs.forEach((job, index) => scenes.push({ at: job.at, act: () => this.submit(job, index) }));
    for (const incident of history.incidents) scenes.push({ at: incident.at, act: () => this.happen(incident) });
    scenes.push({ at: calmAt(history), act: () => this.clearTheWay() });
    return scenes;
  }

  private faultsOf({ faults: { crashes = [], launch, neverRegister, ...calls } }: Phase): FaultPlan {
    const { autoscaler } = this.environment;
    const group = (pool: string): string =>
      pool === '*' ? '*' : this.groups[Number(pool) % this.groups.length]!.AutoScalingGroupName!;
    return {
      ...sparing(OURS, calls),
      crash: crashes.map((call) => [autoscaler, call] as const),
      launch: Object.fromEntries(Object.entries(launch ?? {}).map(([pool, error]) => [group(pool), error])),
      neverRegister: neverRegister?.map(group),
    };
  }

  private async submit(job: JobPlan, index: number): Promise<void> {
    const { vcpus, memoryMiB, gpus, urgent, plays, attempts, arraySize, licence } = job;
    const other = dependency(job, index);
    const jobId = other === undefined ? undefined : this.ids.get(other);
    // One that waits for a job that has failed may be refused.
    const id = await this.environment
      .submit({
        ...{ vcpus, memoryMiB, gpus, urgent, plays, attempts, arraySize },
        ...(licence && { consumable: LICENCE }),
        ...(jobId !== undefined && { dependsOn: [{ jobId }] }),
      })
      .catch((error: unknown) => {
        if (jobId === undefined) throw error;
      });
    if (id !== undefined) this.ids.set(index, id);
  }

  private async happen(incident: Incident): Promise<void> {
    const { aws, autoscaler } = this.environment;
    const pick = <T>(candidates: readonly T[], which: number): T | undefined => candidates[which % candidates.length];
    switch (incident.kind) {
      case 'cancel':
      case 'terminate': {
        const jobId = pick([...this.ids.values()], incident.which);
        if (jobId === undefined) return;
        const command = incident.kind === 'cancel' ? CancelJobCommand : TerminateJobCommand;
        await aws.client(BatchClient).send(new command({ jobId, reason: 'a person did' }));
        return;
      }
      case 'reclaim': {
        const instance = pick(
          this.environment.left().filter(({ spot }) => spot),
          incident.which,
        );
        if (instance) aws.services.ec2.reclaim(instance.instanceId);
        return;
      }
      case 'disconnect': {
        const instance = pick(
          this.environment.left().filter(({ registeredAt }) => registeredAt !== undefined),
          incident.which,
        );
        if (!instance) return;
        aws.services.ecs.disconnectAgent(instance.instanceId);
        aws.clock.after(incident.seconds * 1000, () => aws.services.ecs.reconnectAgent(instance.instanceId));
        return;
      }
      case 'invoke': {
        const input = { FunctionName: autoscaler, InvocationType: 'Event', Payload: '{}' } as const;
        for (let left = incident.times; left > 0; left--) await aws.client(LambdaClient).send(new InvokeCommand(input));
        return;
      }
      case 'new template':
        return this.newTemplate(pick(this.groups, incident.which)!);
    }
  }

  /** As a deployment that changes the pool's machine image. */
  private async newTemplate({ AutoScalingGroupName, MixedInstancesPolicy }: AutoScalingGroup): Promise<void> {
    const { aws } = this.environment;
    const { LaunchTemplateSpecification, Overrides } = MixedInstancesPolicy!.LaunchTemplate!;
    const { LaunchTemplateId, Version: SourceVersion } = LaunchTemplateSpecification!;
    const ImageId = 'ami-0123456789abcdef0';
    const { LaunchTemplateVersion } = await aws
      .client(EC2Client)
      .send(
        new CreateLaunchTemplateVersionCommand({ LaunchTemplateId, SourceVersion, LaunchTemplateData: { ImageId } }),
      );
    const Version = String(LaunchTemplateVersion!.VersionNumber);
    await aws.client(AutoScalingClient).send(
      new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName,
        MixedInstancesPolicy: {
          ...MixedInstancesPolicy,
          LaunchTemplate: { LaunchTemplateSpecification: { LaunchTemplateId, Version }, Overrides },
        },
      }),
    );
  }

  /** Where jobs hold back those behind them, somebody has to end those that will never start. */
  private async clearTheWay(): Promise<void> {
    const { dispatch, consumableWaitBlocksQueue } = this.history.settings;
    if (dispatch !== 'strict' && !consumableWaitBlocksQueue) return;
    const batch = this.environment.aws.client(BatchClient);
    const prospects = prospectsOf(this.history);
    for (const [index, jobId] of this.ids) {
      if (prospects[index] !== 'starts') await batch.send(new TerminateJobCommand({ jobId, reason: 'in the way' }));
    }
  }

  /** Where jobs are held back by one that lacks the licences that they have kept, AWS Batch itself waits for ever. */
  private async endDeadlock(): Promise<void> {
    const { consumableWaitBlocksQueue, consumableReleasedBetweenAttempts } = this.history.settings;
    if (!consumableWaitBlocksQueue || consumableReleasedBetweenAttempts) return;
    const { aws } = this.environment;
    const licensed = new Set([...this.ids].flatMap(([plan, id]) => (this.history.jobs[plan]!.licence ? id : [])));
    const waiting = [...aws.services.batch.jobs()].filter(
      ({ id, status }) => status === 'RUNNABLE' && licensed.has(id.split(':')[0]!),
    );
    if (waiting.every(({ attempts }) => attempts === 0)) return;
    for (const { id, attempts } of waiting) {
      if (attempts === 0)
        await aws.client(BatchClient).send(new TerminateJobCommand({ jobId: id, reason: 'in the way' }));
    }
  }
}

/** What a history itself calls: it must happen. */
const OURS = [
  'batch:SubmitJob',
  'batch:CancelJob',
  'batch:TerminateJob',
  'ec2:CreateLaunchTemplateVersion',
  'autoscaling:UpdateAutoScalingGroup',
  'lambda:Invoke',
];
