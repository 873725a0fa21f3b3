import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { RUN_TAG, type WorkflowConfig } from '../../lib/workflow/config';
import type { JobStore } from '../job-ledger/store';
import { errorFields, type Log } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import type { GraphReader } from './graph-reader';
import type { Run } from './model';
import { checkStart, newKey, runIdOf, type StartRequest } from './requests';
import type { RunStore } from './run-store';
import type { Invocation, Runs } from './runs';
import { runDetail } from './tell';

export interface WorkflowOn {
  readonly config: WorkflowConfig;
  readonly graph: GraphReader;
  readonly store: RunStore;
  readonly runs: Runs;
  readonly ledger: JobStore;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
}

const MOST_WRITES = 10;

/** What the function of a workflow does. */
export class Workflow {
  constructor(private readonly on: WorkflowOn) {}

  /** Starts a run, once for each key. */
  async start(request: StartRequest, invocation: Invocation): Promise<{ runId: string }> {
    const { config, graph, store, clock, random } = this.on;
    const { workflow } = config;
    checkStart(request, config);
    const now = clock.now();
    const { key = newKey(now, random), scheduledTime, parameters } = request;
    const runId = runIdOf(workflow, key);
    if (!(await store.read(runId))) {
      const run: Run = {
        id: runId,
        workflow,
        startedAt: now.getTime(),
        scheduledTime,
        parameters: { ...config.parameters, ...parameters },
        graph: await graph.read(),
        nodes: {},
        status: 'RUNNING',
      };
      // Who was faster has started the same.
      await store.write(undefined, run);
    }
    await this.advance(runId, invocation);
    return { runId };
  }

  /** Ends a run: what has not begun is not begun, what has is terminated. One that is over stays as it is. */
  async cancel(runId: string, reason = 'The run was cancelled', invocation: Invocation): Promise<object> {
    const { store, clock } = this.on;
    for (let writes = 0; writes < MOST_WRITES; writes++) {
      const stored = await this.read(runId);
      if (stored.run.status !== 'RUNNING' || stored.run.cancelled) break;
      if (await store.write(stored, { ...stored.run, cancelled: { at: clock.now().getTime(), reason } })) break;
    }
    await this.advance(runId, invocation);
    return this.status(runId);
  }

  /** @returns the run's status, and each job's */
  async status(runId: string): Promise<object> {
    return runDetail((await this.read(runId)).run);
  }

  /** Ends of jobs, as the ledger announces them. */
  async receive({ Records }: SQSEvent, invocation: Invocation): Promise<SQSBatchResponse> {
    const failed: string[] = [];
    const jobs = new Map<string, string>();
    for (const { messageId, body } of Records) {
      const jobId = jobIdIn(body);
      if (jobId === undefined) {
        this.on.log.error('unreadable message', { messageId });
        failed.push(messageId);
      } else if (!jobId.includes(':')) jobs.set(messageId, jobId);
    }
    const kept = await this.on.ledger.getMany([...jobs.values()]);
    const messages = new Map<string, string[]>();
    for (const [messageId, jobId] of jobs) {
      const runId = kept.get(jobId)?.job.tags[RUN_TAG];
      if (!runId?.startsWith(`${this.on.config.workflow}-`)) continue;
      messages.set(runId, [...(messages.get(runId) ?? []), messageId]);
    }
    for (const [runId, ids] of messages) {
      try {
        await this.on.runs.advance(runId, invocation);
      } catch (error) {
        this.on.log.error('advance failed', { runId, ...errorFields(error) });
        failed.push(...ids);
      }
    }
    return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
  }

  /** Looks at every run that is due. */
  async sweep(invocation: Invocation): Promise<void> {
    const { store, runs } = this.on;
    const { attempts } = invocation;
    await attempts.attempt('sweep', {}, async () => {
      for await (const runId of store.due()) {
        await attempts.attempt('advance', { runId }, () => runs.advance(runId, invocation));
      }
    });
  }

  /** The run is written down: what cannot be done now is done by the sweep. */
  private async advance(runId: string, invocation: Invocation): Promise<void> {
    try {
      await this.on.runs.advance(runId, invocation);
    } catch (error) {
      this.on.log.error('advance failed', { runId, ...errorFields(error) });
    }
  }

  private async read(runId: string) {
    const stored = await this.on.store.read(runId);
    if (!stored) throw new Error(`There is no run ${JSON.stringify(runId)} of ${this.on.config.workflow}`);
    return stored;
  }
}

function jobIdIn(body: string): string | undefined {
  try {
    const { jobId } = JSON.parse(body) as { jobId?: unknown };
    return typeof jobId === 'string' && jobId !== '' ? jobId : undefined;
  } catch {
    return undefined;
  }
}
