import { publishEvents } from '../events/publish';
import { eventOf, metricLine } from './announce';
import type { Context } from './context';
import type { Kept } from './lineage-store';

/**
 * Does what follows from a change of a lineage: marks in the ledger first, since others wait for them, then events.
 *
 * @returns the lineage without it; undefined when somebody has written since
 */
export async function settle(context: Context, kept: Kept): Promise<Kept | undefined> {
  const { lineage } = kept;
  if (lineage.effects.length === 0) return kept;
  const { marks, events, lineages, now, write, log } = context;
  for (const effect of lineage.effects) {
    if (effect.kind === 'mark') await marks.mark(effect.jobId, { ...effect, lineage: lineage.root });
  }
  const told = lineage.effects.filter((effect) => effect.kind !== 'mark');
  await publishEvents(
    events,
    told.map((effect) => eventOf(effect, (jobId) => jobArn(effect.jobQueue, jobId))),
  );
  for (const effect of told) {
    log.info(effect.kind, effect.detail);
    write(metricLine(effect, new Date(now())));
  }
  return lineages.write(kept, { ...lineage, effects: [] });
}

function jobArn(jobQueue: string, jobId: string): string {
  return jobQueue.replace(/:job-queue\/.*$/, `:job/${jobId}`);
}
