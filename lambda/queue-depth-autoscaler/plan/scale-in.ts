import type { AutoscalerConfig } from '../../../lib/autoscaling/config';
import type { AutoscalerState, InstanceAction } from '../model';
import type { FleetPool, Node } from './fleet';

/** How long an instance that takes no jobs (agent disconnected, drained by somebody else) is left to recover. */
const UNUSABLE_MILLISECONDS = 10 * 60_000;

export interface ScaleIn {
  readonly drains: readonly InstanceAction[];
  readonly undrains: readonly InstanceAction[];
  readonly terminations: readonly InstanceAction[];
  readonly idleSince: Readonly<Record<string, number>>;
  readonly unusableSince: Readonly<Record<string, number>>;
  readonly marks: Readonly<Record<string, number>>;
}

/**
 * Two steps, so that a job placed between a look and a termination is never killed: an idle instance is drained, and
 * terminated once a later look finds it still idle.
 *
 * @param mayRemove false when not everything could be read
 */
export function scaleIn(
  pools: readonly FleetPool[],
  config: AutoscalerConfig,
  state: AutoscalerState,
  now: number,
  mayRemove: boolean,
): ScaleIn {
  const nodes = pools.flatMap((pool) => pool.nodes);
  const idleSince = since(
    nodes,
    (node) => node.instance.container !== undefined && node.jobs === 0,
    state.idleSince,
    now,
  );
  const unusableSince = since(nodes, ({ role }) => role === 'unusable', state.unusableSince, now);
  const marks = marksOf(nodes, state.drains);
  const drains: InstanceAction[] = [];
  const undrains: InstanceAction[] = [];
  const terminations: InstanceAction[] = [];

  for (const pool of pools) {
    let spare = pool.config.spareInstances;
    for (const node of pool.nodes) {
      const id = node.instance.instanceId;
      const act = (list: InstanceAction[], reason: string): void => {
        list.push({ instanceId: id, pool: pool.config.name, reason });
      };
      if (node.role === 'drained' && node.planned > 0) {
        act(undrains, `${node.planned} waiting jobs fit on it`);
      } else if (!mayRemove) {
        continue;
      } else if (node.role === 'overdue') {
        act(terminations, `not registered ${config.provisionTimeoutSeconds} s after its launch`);
      } else if (node.role === 'deregistered') {
        act(terminations, 'drained and taken out of its cluster before');
      } else if (marks[id] !== undefined) {
        const drained = (now - marks[id]) / 1000;
        if (drained >= config.drainSeconds && node.jobs === 0) act(terminations, `idle and drained for ${drained} s`);
      } else if (node.role === 'unusable') {
        if (node.jobs === 0 && now - unusableSince[id]! >= UNUSABLE_MILLISECONDS) {
          act(drains, 'idle, and has taken no jobs for 10 minutes');
        }
      } else if (node.role === 'ready' && node.jobs === 0 && node.planned === 0) {
        const idle = (now - idleSince[id]!) / 1000;
        if (node.instance.outdated) act(drains, 'idle, and launched from an older launch template');
        else if (spare > 0) spare--;
        else if (idle >= config.scaleInAfterSeconds) act(drains, `idle for ${idle} s and not needed`);
      }
    }
  }
  for (const { instanceId } of drains) marks[instanceId] = now;
  return { drains, undrains, terminations, idleSince, unusableSince, marks };
}

/** Keeps when each was first seen so; forgets those that no longer are. */
function since(
  nodes: readonly Node[],
  holds: (node: Node) => boolean,
  before: Readonly<Record<string, number>>,
  now: number,
): Record<string, number> {
  const kept: Record<string, number> = {};
  for (const node of nodes) {
    const id = node.instance.instanceId;
    if (holds(node)) kept[id] = before[id] ?? now;
  }
  return kept;
}

/** A drain that did not take, or was taken back, shows as ACTIVE: its mark goes, and with it the time it counted. */
function marksOf(nodes: readonly Node[], before: Readonly<Record<string, number>>): Record<string, number> {
  const kept: Record<string, number> = {};
  for (const { instance } of nodes) {
    const mark = before[instance.instanceId];
    if (mark !== undefined && instance.container?.status !== 'ACTIVE') kept[instance.instanceId] = mark;
  }
  return kept;
}
