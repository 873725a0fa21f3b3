import type { Node } from './fleet';
import type { Opening } from './opening';

/** Holds whole empty instances ready beyond what the jobs need: those at hand and those that we drain; wants what is missing. */
export function holdSpares(openings: readonly Opening[]): void {
  for (const opening of openings) {
    const { config, nodes } = opening.pool;
    if (config.spareInstances === 0) continue;
    const held = [...emptyNodes(nodes, 'ready'), ...emptyNodes(nodes, 'drained')].slice(0, config.spareInstances);
    for (const node of held) node.spare = true;
    opening.wantSpares(config.spareInstances - held.length);
  }
}

function emptyNodes(nodes: readonly Node[], role: Node['role']): Node[] {
  return nodes.filter((node) => node.role === role && node.jobs + node.planned === 0 && !node.instance.outdated);
}
