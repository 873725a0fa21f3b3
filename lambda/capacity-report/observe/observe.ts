import type { JobQueueDetail } from '@aws-sdk/client-batch';
import { readQueueSnapshot } from '../../batch/queue-snapshot';
import { readDemand } from '../../queue-depth-autoscaler/observe/demand';
import { JobShapes } from '../../queue-depth-autoscaler/observe/job-shapes';
import { PlacementReader, type Placements } from '../../queue-depth-autoscaler/observe/placements';
import { seesNoJobs } from '../../queue-depth-autoscaler/observe/queue-scan';
import type { Observation } from '../model';
import { type EnvironmentClients, EnvironmentReader, type EnvironmentReading, isFargate } from './environments';
import { describeQueues, environmentArnsOf, observeQueue } from './queues';
import { waitingGroups } from './waiting-groups';

/** What to look at, and how hard. */
export interface ObservationScope {
  /** Names or ARNs. */
  readonly queues: readonly string[];
  /** How many waiting jobs are listed at most; the first hundred of each queue are read in any case. */
  readonly jobBudget: number;
  /** A job that is to be a group of its own. */
  readonly apart?: string;
}

/** Looks at queues, environments and instances. What it remembers between looks only saves calls. */
export class Observer {
  private readonly shapes: JobShapes;
  private readonly environments: EnvironmentReader;
  private readonly placements: PlacementReader;

  constructor(private readonly clients: EnvironmentClients) {
    this.shapes = new JobShapes(clients.batch);
    this.environments = new EnvironmentReader(clients);
    this.placements = new PlacementReader(clients.batch);
  }

  /** Whether nothing waits; children of arrays only when their lists are to be read too. */
  seesNothing(queues: readonly string[], withArrays: boolean): Promise<boolean> {
    return seesNoJobs(this.clients.batch, queues, withArrays);
  }

  /** @throws what the first read that failed threw: half an observation would show shortages that are none */
  async look({ queues: names, jobBudget, apart }: ObservationScope, now: number): Promise<Observation> {
    const { batch } = this.clients;
    const queues = (await describeQueues(batch, names)).sort((a, b) => (b.priority ?? 0) - (a.priority ?? 0));
    const queueArns = queues.map(({ jobQueueArn }) => jobQueueArn!);
    const environmentArns = [...new Set(queues.flatMap(environmentArnsOf))];
    const [demand, reading] = await Promise.all([
      readDemand(batch, this.shapes, queueArns, jobBudget, undefined),
      this.environments.read(environmentArns),
    ]);
    if (demand.errors.length > 0) throw demand.errors[0];
    const waiting = waitingGroups(demand, this.shapes, apart);
    const placements = waiting.some(({ resources }) => resources.gpus > 0)
      ? await this.gpuPlacements(queues, [...demand.scan.arrays.values()].flat(), reading)
      : undefined;
    const vcpusInUse =
      waiting.length > 0 ? await this.fargateUse(queues, demand.vcpusInUse, reading) : demand.vcpusInUse;
    return {
      queues: queues.map(observeQueue),
      environments: await this.environments.observe(reading, queues, placements, vcpusInUse, now),
      consumables: [...demand.availability].map(([resource, available]) => ({
        resource,
        available,
        total: demand.totals.get(resource) ?? 0,
      })),
      waiting,
      complete: demand.complete,
    };
  }

  /** What queues use of Fargate, those too in which nothing waits: they may share an environment with others. */
  private async fargateUse(
    queues: readonly JobQueueDetail[],
    known: ReadonlyMap<string, number>,
    { details }: EnvironmentReading,
  ): Promise<ReadonlyMap<string, number>> {
    const fargate = new Set(details.filter(isFargate).map(({ computeEnvironmentArn }) => computeEnvironmentArn!));
    const unread = queues
      .filter((queue) => environmentArnsOf(queue).some((arn) => fargate.has(arn)))
      .map(({ jobQueueArn }) => jobQueueArn!)
      .filter((arn) => !known.has(arn));
    const read = await Promise.all(
      unread.map(async (arn) => [arn, (await readQueueSnapshot(this.clients.batch, arn)).vcpusInUse] as const),
    );
    return new Map([...known, ...read]);
  }

  /** Whether ECS shows GPUs in use is not documented: where there are any, the jobs tell. */
  private async gpuPlacements(
    queues: readonly JobQueueDetail[],
    arrays: Parameters<PlacementReader['read']>[1],
    { containers }: EnvironmentReading,
  ): Promise<Placements | undefined> {
    const hasGpus = [...containers.values()]
      .flat()
      .some(({ registeredResources = [] }) => registeredResources.some(({ name }) => name === 'GPU'));
    if (!hasGpus) return undefined;
    return this.placements.read(
      queues.map(({ jobQueueArn }) => jobQueueArn!),
      arrays,
    );
  }
}
