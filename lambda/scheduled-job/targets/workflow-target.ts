import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { WorkflowTargetConfig } from '../../../lib/schedule/config';
import type { ActiveRun, Situation } from '../model';
import type { Result } from '../submission';
import type { RunRequest, RunTarget } from './run-target';

/** Runs of a workflow. Its function starts a run once, however often it is asked for the same. */
export class WorkflowTarget implements RunTarget {
  constructor(
    private readonly config: WorkflowTargetConfig,
    private readonly lambda: LambdaClient,
  ) {}

  async start({ runId, scheduledTime, parameters }: RunRequest): Promise<Exclude<Result, { kind: 'not found' }>> {
    const { workflow } = this.config;
    try {
      const answer = await this.call<{ runId: string }>({
        start: { workflow, key: runId, scheduledTime, parameters: { ...this.config.parameters, ...parameters } },
      });
      return { kind: 'started', id: answer.runId };
    } catch (error) {
      return { kind: 'refused', error: (error as Error).message };
    }
  }

  /** To ask again finds out. */
  async find(): Promise<{ kind: 'not found' }> {
    return { kind: 'not found' };
  }

  async observe(runs: readonly ActiveRun[]): Promise<Situation['observed']> {
    const observed = new Map<string, 'over'>();
    for (const { id: runId } of runs) {
      const { status } = await this.call<{ status: string }>({ status: { runId } });
      if (status !== 'RUNNING') observed.set(runId, 'over');
    }
    return observed;
  }

  async stop({ id: runId }: ActiveRun, reason: string): Promise<void> {
    await this.call({ cancel: { runId, reason } });
  }

  private async call<R>(payload: object): Promise<R> {
    const { FunctionError, Payload } = await this.lambda.send(
      new InvokeCommand({ FunctionName: this.config.function, Payload: Buffer.from(JSON.stringify(payload)) }),
    );
    const text = Payload === undefined ? 'null' : Buffer.from(Payload).toString();
    if (FunctionError !== undefined) throw new Error(`The function of the workflow failed: ${text}`);
    return JSON.parse(text) as R;
  }
}
