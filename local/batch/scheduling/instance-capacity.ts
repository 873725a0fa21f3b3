import type { PlaceableInstance, Resources, TaskPlacement } from '../../ports';
import type { EnvironmentCapacity, Room } from './environment-capacity';
import { fits } from './shape';
import type { Shape } from './shape';

/** How many releases are remembered; a shape that was refused longer ago is tried on every instance again. */
const REMEMBERED = 64;

/** What runs on an instance, as far as Batch put it there. */
export interface InstanceUse {
  jobs: number;
  /** When the last job ended; undefined before the first has. */
  lastEnd?: number;
  readonly used: Resources;
}

/**
 * Container instances, filled first fit in the order of their launch. A shape that did not fit is tried again only where
 * room has come up since, so that an event costs no more than what it changed, however long the queues are.
 */
export class InstanceCapacity implements EnvironmentCapacity {
  /** Counts the times that room has come up. */
  private version = 0;
  /** Where room has come up, one for each version after `forgottenUpTo`. */
  private freed: PlaceableInstance[] = [];
  private forgottenUpTo = 0;
  /** At which version a shape did not fit, by the shape's id. */
  private readonly refused = new Map<number, number>();
  private readonly uses = new Map<string, InstanceUse>();
  private readonly placedByShape = new Map<Shape, number>();

  /** @param usable whether jobs may be put on an instance that ECS offers. */
  constructor(
    private readonly tasks: Pick<TaskPlacement, 'placeable'>,
    private readonly clusterArn: string,
    private readonly now: () => number,
    private readonly usable: (instance: PlaceableInstance) => boolean = () => true,
  ) {}

  find(shape: Shape): Room | undefined {
    const refusedAt = this.refused.get(shape.id);
    if (refusedAt === this.version) return undefined;
    const instance =
      refusedAt === undefined || refusedAt < this.forgottenUpTo
        ? this.instances().find((candidate) => fits(shape, candidate.remaining))
        : this.firstFreed(shape, refusedAt);
    if (instance) return { instance };
    this.refused.set(shape.id, this.version);
    return undefined;
  }

  took({ instance }: Room, shape: Shape): void {
    const use = this.useOf(instance!);
    use.jobs++;
    add(use.used, shape, 1);
    this.placedByShape.set(shape, (this.placedByShape.get(shape) ?? 0) + 1);
  }

  released({ instance }: Room, shape: Shape): void {
    const use = this.useOf(instance!);
    use.jobs--;
    use.lastEnd = this.now();
    add(use.used, shape, -1);
    this.placedByShape.set(shape, this.placedByShape.get(shape)! - 1);
    this.version++;
    this.freed.push(instance!);
    if (this.freed.length > 2 * REMEMBERED) {
      this.forgottenUpTo += this.freed.length - REMEMBERED;
      this.freed = this.freed.slice(-REMEMBERED);
    }
  }

  /** Room may have come up on any instance. */
  grew(): void {
    this.version++;
    this.freed = [];
    this.forgottenUpTo = this.version;
    const present = new Set(this.instances().map(({ containerInstanceArn }) => containerInstanceArn));
    for (const [arn, { jobs }] of this.uses) if (jobs === 0 && !present.has(arn)) this.uses.delete(arn);
  }

  isEmpty(): boolean {
    return this.instances().length === 0;
  }

  /** All that ECS offers. */
  offered(): readonly PlaceableInstance[] {
    return this.tasks.placeable(this.clusterArn);
  }

  useOf(instance: PlaceableInstance): InstanceUse {
    let use = this.uses.get(instance.containerInstanceArn);
    if (!use) {
      use = { jobs: 0, used: { vcpus: 0, memoryMiB: 0, gpus: 0 } };
      this.uses.set(instance.containerInstanceArn, use);
    }
    return use;
  }

  /** How many jobs of each shape are on the instances. */
  placed(): { resources: Shape; count: number }[] {
    return [...this.placedByShape].filter(([, count]) => count > 0).map(([resources, count]) => ({ resources, count }));
  }

  /** Whether a job of that shape would fit on an instance that is there, were it empty. */
  couldHold(shape: Shape): boolean {
    return this.instances().some((instance) => {
      const total = { ...instance.remaining };
      add(total, this.useOf(instance).used, 1);
      return fits(shape, total);
    });
  }

  private instances(): readonly PlaceableInstance[] {
    const offered = this.offered();
    return offered.every(this.usable) ? offered : offered.filter(this.usable);
  }

  /** What did not fit anywhere then can only fit where room has come up since. */
  private firstFreed(shape: Shape, since: number): PlaceableInstance | undefined {
    const candidates = new Map<string, PlaceableInstance>();
    for (const instance of this.freed.slice(since - this.forgottenUpTo)) {
      if (fits(shape, instance.remaining)) candidates.set(instance.containerInstanceArn, instance);
    }
    if (candidates.size === 0) return undefined;
    return this.instances().find(({ containerInstanceArn }) => candidates.has(containerInstanceArn));
  }
}

function add(total: Resources, amount: Readonly<Resources>, sign: 1 | -1): void {
  total.vcpus += sign * amount.vcpus;
  total.memoryMiB += sign * amount.memoryMiB;
  total.gpus += sign * amount.gpus;
}
