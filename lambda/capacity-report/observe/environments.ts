import type { BatchClient, ComputeEnvironmentDetail, JobQueueDetail } from '@aws-sdk/client-batch';
import type { ContainerInstance, ECSClient } from '@aws-sdk/client-ecs';
import { byEc2Instance, listContainerInstances } from '../../ecs/container-instances';
import type { Placements } from '../../queue-depth-autoscaler/observe/placements';
import { observeContainer } from '../../queue-depth-autoscaler/observe/supply';
import type { EnvironmentKind, EnvironmentObservation, InstanceObservation, TypeObservation } from '../model';
import { type ClusterGroup, type GroupClients, GroupFinder } from './groups';
import { existing } from './instances';
import { InstanceTypes } from './instance-types';
import { describeEnvironments, environmentArnsOf } from './queues';

export interface EnvironmentClients extends GroupClients {
  readonly batch: BatchClient;
  readonly ecs: ECSClient;
}

/** What was read of the environments of some queues. */
export interface EnvironmentReading {
  readonly details: readonly ComputeEnvironmentDetail[];
  /** By the environment's ARN. */
  readonly containers: ReadonlyMap<string, readonly ContainerInstance[]>;
}

/** Reads what environments have to put jobs on, from wherever it tells. */
export class EnvironmentReader {
  private readonly groups: GroupFinder;
  private readonly types: InstanceTypes;

  constructor(private readonly clients: EnvironmentClients) {
    this.groups = new GroupFinder(clients);
    this.types = new InstanceTypes(clients.ec2);
  }

  async read(arns: readonly string[]): Promise<EnvironmentReading> {
    const details = await describeEnvironments(this.clients.batch, arns);
    const containers = await Promise.all(
      details.map(async (detail) => {
        const cluster = isFargate(detail) ? undefined : detail.ecsClusterArn;
        return [detail.computeEnvironmentArn!, cluster === undefined ? [] : await this.registered(cluster)] as const;
      }),
    );
    return { details, containers: new Map(containers) };
  }

  /** Without what ECS has not noticed yet: that an instance, whose agent is not connected, has gone. */
  private async registered(cluster: string): Promise<ContainerInstance[]> {
    const instances = [...byEc2Instance(await listContainerInstances(this.clients.ecs, cluster)).values()];
    const silent = instances.filter(({ agentConnected }) => !agentConnected).map(({ ec2InstanceId }) => ec2InstanceId!);
    const alive = await existing(this.clients.ec2, silent);
    return instances.filter(({ agentConnected, ec2InstanceId }) => agentConnected || alive.has(ec2InstanceId!));
  }

  /**
   * @param placements what AWS Batch says runs where; absent where ECS alone was asked
   * @param vcpusInUse by queue
   */
  async observe(
    { details, containers }: EnvironmentReading,
    queues: readonly JobQueueDetail[],
    placements: Placements | undefined,
    vcpusInUse: ReadonlyMap<string, number>,
    now: number,
  ): Promise<EnvironmentObservation[]> {
    const onInstances = details.filter((detail) => !isFargate(detail) && detail.ecsClusterArn);
    const clusters = new Map(
      onInstances.map((detail) => {
        const registered = containers.get(detail.computeEnvironmentArn!)!;
        return [clusterName(detail), new Set(registered.map(({ ec2InstanceId }) => ec2InstanceId!))];
      }),
    );
    const groups = clusters.size > 0 ? await this.groups.find(clusters, now) : new Map<string, ClusterGroup[]>();
    const names = [
      ...details.flatMap((detail) => typeNamesOf(detail)),
      ...[...groups.values()].flat().flatMap(({ typeNames }) => typeNames),
    ];
    await this.types.learn(names);
    const fargate = fargateUse(details, queues, vcpusInUse);
    return details.map((detail): EnvironmentObservation => {
      const instances = containers.get(detail.computeEnvironmentArn!)!.map((one) => observeInstance(one, placements));
      const typesNamed = (typeNames: readonly string[]): TypeObservation[] =>
        this.types.named(typeNames).map((type) => ({ ...type, registered: leastRegistered(type.name, instances) }));
      const { state, status, statusReason, computeResources } = detail;
      return {
        arn: detail.computeEnvironmentArn!,
        name: detail.computeEnvironmentName!,
        kind: kindOf(detail),
        enabled: state === 'ENABLED',
        valid: status === 'VALID' || status === 'UPDATING' || status === 'CREATING',
        statusReason,
        spot: computeResources?.type === 'SPOT' || computeResources?.type === 'FARGATE_SPOT',
        maxVcpus: computeResources?.maxvCpus,
        vcpusInUse: fargate.get(detail.computeEnvironmentArn!) ?? 0,
        mayExceedMaximum: mayExceedMaximum(detail),
        types: typesNamed(typeNamesOf(detail)),
        pools: (groups.get(clusterName(detail)) ?? [])
          .map(({ typeNames, ...group }) => ({ ...group, types: typesNamed(typeNames) }))
          // Of what may come of a group whose types nobody names, nothing can be said.
          .filter(({ types }) => types.length > 0),
        instances,
      };
    });
  }
}

function kindOf({ type, computeResources }: ComputeEnvironmentDetail): EnvironmentKind {
  if (type === 'UNMANAGED') return 'unmanaged';
  return computeResources?.type?.startsWith('FARGATE') ? 'fargate' : 'managed';
}

export function isFargate(detail: ComputeEnvironmentDetail): boolean {
  return kindOf(detail) === 'fargate';
}

function typeNamesOf(detail: ComputeEnvironmentDetail): readonly string[] {
  return kindOf(detail) === 'managed' ? (detail.computeResources?.instanceTypes ?? []) : [];
}

function clusterName({ ecsClusterArn = '' }: ComputeEnvironmentDetail): string {
  return ecsClusterArn.slice(ecsClusterArn.lastIndexOf('/') + 1);
}

/** @see https://docs.aws.amazon.com/batch/latest/APIReference/API_ComputeResource.html */
function mayExceedMaximum({ computeResources }: ComputeEnvironmentDetail): boolean {
  const { type, allocationStrategy = 'BEST_FIT' } = computeResources ?? {};
  return type === 'SPOT' || allocationStrategy !== 'BEST_FIT';
}

function observeInstance(instance: ContainerInstance, placements: Placements | undefined): InstanceObservation {
  const { status, agentConnected, registered, remaining } = observeContainer(instance, placements);
  return {
    instanceId: instance.ec2InstanceId!,
    instanceType: instance.attributes?.find(({ name }) => name === 'ecs.instance-type')?.value ?? '',
    state: !agentConnected ? 'disconnected' : status === 'ACTIVE' ? 'ready' : 'draining',
    registered,
    remaining,
  };
}

function leastRegistered(type: string, instances: readonly InstanceObservation[]): TypeObservation['registered'] {
  const its = instances.filter(({ instanceType }) => instanceType === type).map(({ registered }) => registered);
  if (its.length === 0) return undefined;
  return its.reduce((least, one) => (one.memoryMiB < least.memoryMiB ? one : least));
}

/** Queues tell how many vCPUs their jobs use, not where: environments are taken to be filled in the queue's order. */
function fargateUse(
  details: readonly ComputeEnvironmentDetail[],
  queues: readonly JobQueueDetail[],
  vcpusInUse: ReadonlyMap<string, number>,
): Map<string, number> {
  const byArn = new Map(details.map((detail) => [detail.computeEnvironmentArn!, detail]));
  const use = new Map<string, number>();
  for (const queue of queues) {
    let left = vcpusInUse.get(queue.jobQueueArn!) ?? 0;
    for (const arn of environmentArnsOf(queue)) {
      const maximum = byArn.get(arn)?.computeResources?.maxvCpus ?? 0;
      const used = use.get(arn) ?? 0;
      const here = Math.min(left, Math.max(0, maximum - used));
      use.set(arn, used + here);
      left -= here;
    }
  }
  return use;
}
