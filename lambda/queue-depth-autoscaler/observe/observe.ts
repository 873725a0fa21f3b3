import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { BatchClient } from '@aws-sdk/client-batch';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { AutoscalerConfig } from '../../../lib/autoscaling/config';
import type { DemandGroup, Observation } from '../model';
import type { StoredState } from '../state';
import { confirmDemand, type DemandReading, readDemand } from './demand';
import { readGroups } from './groups';
import { JobShapes } from './job-shapes';
import { PlacementReader, type Placements } from './placements';
import { QueueOrder } from './queue-order';
import { seesNoJobs, WHOLE_LOOK_EVERY } from './queue-scan';
import { observePools, readSupply, type SupplyReading } from './supply';

export interface ObserveClients {
  readonly autoScaling: AutoScalingClient;
  readonly batch: BatchClient;
  readonly ecs: ECSClient;
}

/** One look at the world. */
export interface Look {
  readonly observation: Observation;
  readonly supply: SupplyReading;
  /** What the next look needs of this one. */
  readonly kept: Pick<StoredState, 'cursor' | 'launchedAt'>;
  readonly errors: readonly unknown[];
  /** The demand without jobs that have started since they were listed. */
  confirmDemand(): Promise<readonly DemandGroup[]>;
  /** Which jobs are where, read anew. */
  placements(): Promise<Placements>;
}

/** Looks at queues, groups and instances. What it remembers between looks only saves calls. */
export class Observer {
  private readonly shapes: JobShapes;
  private readonly placements: PlacementReader;
  private readonly queueOrder: QueueOrder;
  private readonly queueArns: readonly string[];
  private cheapLooks = 0;

  constructor(
    private readonly config: AutoscalerConfig,
    private readonly clients: ObserveClients,
  ) {
    this.shapes = new JobShapes(clients.batch);
    this.placements = new PlacementReader(clients.batch);
    this.queueOrder = new QueueOrder(clients.batch, config.queueArns);
    this.queueArns = config.queueArns;
  }

  /**
   * A look that costs as little as can be. One of a few also reads the lists of arrays, of which events tell too, and the
   * groups, in which nothing comes up unless somebody else has launched it.
   *
   * @returns whether nothing waits and nothing is there; false also when something could not be read
   */
  async seesNothing(): Promise<boolean> {
    const { autoScaling, batch } = this.clients;
    const whole = this.cheapLooks++ % WHOLE_LOOK_EVERY === 0;
    try {
      const [groups, noJobs] = await Promise.all([
        whole ? readGroups(autoScaling, this.config.pools) : [],
        seesNoJobs(batch, this.queueArns, whole),
      ]);
      return noJobs && groups.every(({ group, instances }) => group.DesiredCapacity === 0 && instances.length === 0);
    } catch {
      return false;
    }
  }

  async look(time: number, before: StoredState): Promise<Look> {
    const { config, clients, shapes } = this;
    const errors: unknown[] = [];
    const queueArns = await this.queueOrder.at(time, errors);
    const [demand, supply] = await Promise.all([
      readDemand(clients.batch, shapes, queueArns, config.jobBudget, before.cursor),
      readSupply(clients, config.pools, config.clusterArn, time),
    ]);
    errors.push(...demand.errors, ...supply.errors);
    let supplyComplete = supply.complete;
    const readPlacements = () => this.placements.read(this.queueArns, arraysOf(demand));

    let placements: Placements | undefined;
    if (demand.groups.some(({ resources }) => resources.gpus > 0) && hasGpuInstances(supply)) {
      try {
        placements = await readPlacements();
      } catch (error) {
        errors.push(error);
        supplyComplete = false;
      }
    }
    const launchedAt = firstSeen(supply, before.launchedAt, time);
    return {
      observation: {
        time,
        demand: demand.groups,
        availability: demand.availability,
        pools: observePools(supply, placements, launchedAt),
        demandComplete: demand.complete,
        supplyComplete,
      },
      supply,
      kept: { cursor: demand.cursor, launchedAt },
      errors,
      confirmDemand: () => confirmDemand(shapes, demand),
      placements: readPlacements,
    };
  }
}

function arraysOf({ scan }: DemandReading) {
  return [...scan.arrays.values()].flat();
}

function hasGpuInstances({ groups }: SupplyReading): boolean {
  return groups.some(({ pool, instances }) => pool.capacity.gpus > 0 && instances.length > 0);
}

/** Groups do not tell when an instance was launched: the first time that it was seen stands for it. */
function firstSeen(
  { groups, containerInstances, complete }: SupplyReading,
  before: Readonly<Record<string, number>>,
  now: number,
): Record<string, number> {
  const seen: Record<string, number> = complete ? {} : { ...before };
  for (const { instanceId } of groups.flatMap(({ instances }) => instances)) {
    const registeredAt = containerInstances.get(instanceId)?.registeredAt?.getTime();
    seen[instanceId] = before[instanceId] ?? registeredAt ?? now;
  }
  return seen;
}
