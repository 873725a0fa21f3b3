import type { Bin } from './bins';
import type { Node } from './fleet';
import type { Opening } from './opening';

/** The order in which instances are chosen to be spare: those at hand, those that we drain, those that are coming. */
const READINESS: Partial<Record<Node['role'], number>> = { ready: 0, drained: 1, booting: 2 };

/** Holds whole empty instances ready beyond what the jobs need, and opens what is missing. */
export function holdSpares(bins: readonly Bin[], openings: readonly Opening[]): void {
  for (const opening of openings) {
    const { pool } = opening;
    const wanted = pool.config.spareInstances;
    if (wanted === 0) continue;
    const empty = pool.nodes.filter(
      ({ role, jobs, planned, instance }) =>
        READINESS[role] !== undefined && jobs === 0 && planned === 0 && !instance.outdated,
    );
    empty.sort((a, b) => READINESS[a.role]! - READINESS[b.role]!);
    const held = empty.slice(0, wanted);
    for (const node of held) node.spare = true;
    const requested = bins.filter((bin) => bin.pool === pool && bin.node === undefined && bin.planned === 0).length;
    opening.spares = Math.max(0, Math.min(wanted - held.length - requested, opening.left));
  }
}
