import type { AutoscalerConfig } from '../../../lib/autoscaling/config';
import type { InstanceAction } from '../model';
import type { FleetPool, Node } from './fleet';
import type { Opening } from './opening';
import { costOfJoining } from './sharing';

/** How long an instance that takes no jobs (agent disconnected, drained by somebody else) is left to recover. */
const UNUSABLE_MINUTES = 10;

export interface ScaleIn {
  readonly drains: readonly InstanceAction[];
  readonly undrains: readonly InstanceAction[];
  readonly terminations: readonly InstanceAction[];
}

/**
 * Two steps, so that a job placed between a look and a termination is never killed: an instance is drained, and
 * terminated once a later look finds it idle.
 *
 * @param openings what could still be launched
 * @param mayRemove false when not all demand could be read
 */
export function scaleIn(
  pools: readonly FleetPool[],
  openings: readonly Opening[],
  config: AutoscalerConfig,
  now: number,
  mayRemove: boolean,
): ScaleIn {
  const drains: InstanceAction[] = [];
  const undrains: InstanceAction[] = [];
  const terminations: InstanceAction[] = [];
  for (const pool of pools) {
    const act = (list: InstanceAction[], { instance: { instanceId } }: Node, reason: string): void => {
      list.push({ instanceId, pool: pool.config.name, reason });
    };
    const alternative = cheapestAlternative(pool, openings);
    for (const node of pool.nodes) {
      if (node.planned > 0 || node.spare) {
        if (node.role !== 'drained') continue;
        act(undrains, node, node.planned > 0 ? `room for ${node.planned} waiting jobs` : 'to spare');
        continue;
      }
      const useless = whyUseless(node, config);
      const end = useless ?? (mayRemove ? whyTerminate(node, config, now) : undefined);
      const drain = mayRemove ? whyDrain(node, pool.config.cost, alternative, config, now) : undefined;
      if (end !== undefined) {
        act(terminations, node, end);
      } else if (drain !== undefined) {
        act(drains, node, drain);
        node.drainedAt = now;
      }
    }
  }
  return { drains, undrains, terminations };
}

/** What is not registered can have no jobs, now or later: it goes whatever the demand. */
function whyUseless({ role }: Node, config: AutoscalerConfig): string | undefined {
  if (role === 'overdue') return `not registered ${config.provisionTimeoutSeconds} s after its launch`;
  return role === 'deregistered' ? 'drained and taken out of its cluster before' : undefined;
}

function whyTerminate(node: Node, config: AutoscalerConfig, now: number): string | undefined {
  if (node.drainedAt === undefined || node.idleSince === undefined) return undefined;
  const drained = (now - node.drainedAt) / 1000;
  const idle = (now - node.idleSince) / 1000;
  const due = drained >= config.drainSeconds && idle >= config.scaleInAfterSeconds;
  return due ? `drained for ${drained} s, idle for ${idle} s` : undefined;
}

function whyDrain(
  node: Node,
  cost: number,
  alternative: number,
  config: AutoscalerConfig,
  now: number,
): string | undefined {
  if (node.drainedAt !== undefined) return undefined;
  if (node.unusableSince !== undefined) {
    const minutes = (now - node.unusableSince) / 60_000;
    return node.jobs === 0 && minutes >= UNUSABLE_MINUTES
      ? `without jobs, and takes none for ${minutes} min`
      : undefined;
  }
  if (node.role !== 'ready') return undefined;
  if (node.instance.outdated) return 'launched from an older launch template';
  if (node.idleSince === undefined) {
    return closedToSmallJobs(node, cost, alternative, now) ? 'too large for small jobs to join' : undefined;
  }
  const idle = (now - node.idleSince) / 1000;
  return idle >= config.scaleInAfterSeconds ? `idle for ${idle} s and not needed` : undefined;
}

/**
 * What the cheapest instance would cost that jobs of the pool could have for themselves. Jobs that cost less to put there
 * than to add to an instance in use had better not prolong its use.
 */
function cheapestAlternative({ config, takesCpuJobs }: FleetPool, openings: readonly Opening[]): number {
  let cheapest = Infinity;
  for (const { left, cost, pool } of openings) {
    const serves = pool.capacity.gpus > 0 ? config.capacity.gpus > 0 : takesCpuJobs;
    if (left > 0 && serves) cheapest = Math.min(cheapest, cost);
  }
  return cheapest;
}

/** Whether the instance is drained while it works, to be taken back for jobs that are worth it. */
function closedToSmallJobs({ instance }: Node, cost: number, alternative: number, now: number): boolean {
  // Joining never costs more than the whole instance.
  return alternative < cost && alternative < costOfJoining(cost, instance.launchedAt, now);
}
