import type { Bin } from './bins';
import type { Opening } from './opening';

/** Holds whole empty instances ready beyond what the jobs need: those that are there, then drained ones, then new ones. */
export function holdSpares(bins: readonly Bin[], openings: readonly Opening[]): void {
  for (const opening of openings) {
    const { pool } = opening;
    let missing = pool.config.spareInstances;
    if (missing === 0) continue;
    const empty = bins.filter((bin) => bin.pool === pool && bin.planned === 0 && mayBeSpare(bin));
    for (const bin of empty.sort((a, b) => readiness(a) - readiness(b)).slice(0, missing)) {
      if (bin.node !== undefined) bin.node.spare = true;
      missing--;
    }
    opening.spares = Math.max(0, Math.min(missing, opening.left));
  }
}

function mayBeSpare({ node }: Bin): boolean {
  return node === undefined || (node.jobs === 0 && !node.instance.outdated);
}

function readiness({ node }: Bin): number {
  return node?.role === 'ready' ? 0 : node?.role === 'drained' ? 1 : 2;
}
