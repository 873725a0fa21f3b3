import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { RUN_EVENT, RUN_METRICS } from '../../lib/workflow/config';
import { publishEvents } from '../events/publish';
import { embeddedMetrics } from '../runtime/embedded-metrics';
import type { Run } from './model';

/** An event may have 256 KB, and so many jobs say why. */
const LONGEST_REASON = 500;

/** Publishes what became of a run and each of its jobs. */
export async function tellOfEnd(events: EventBridgeClient, run: Run, write: (line: string) => void): Promise<void> {
  await publishEvents(events, [{ detailType: RUN_EVENT, resources: [], detail: runDetail(run) }]);
  const metric = run.status === 'SUCCEEDED' ? RUN_METRICS.succeeded : RUN_METRICS.failed;
  if (run.status === 'CANCELLED') return;
  write(
    embeddedMetrics(new Date(run.endedAt!), {
      dimensions: { Workflow: run.workflow },
      metrics: { [metric]: { value: 1, unit: 'Count' } },
    }),
  );
}

/** A run as events and answers show it. */
export function runDetail(run: Run): object {
  return {
    workflow: run.workflow,
    runId: run.id,
    status: run.status,
    startedAt: iso(run.startedAt),
    endedAt: iso(run.endedAt),
    scheduledTime: run.scheduledTime,
    parameters: run.parameters,
    cancelReason: run.cancelled?.reason,
    jobs: run.graph.map(({ name }) => {
      const { outcome, jobId, reason, submittedAt, startedAt, stoppedAt } = run.nodes[name] ?? {};
      return {
        name,
        outcome,
        jobId,
        reason: reason?.slice(0, LONGEST_REASON),
        submittedAt: iso(submittedAt),
        startedAt: iso(startedAt),
        stoppedAt: iso(stoppedAt),
      };
    }),
  };
}

function iso(time: number | undefined): string | undefined {
  return time === undefined ? undefined : new Date(time).toISOString();
}
