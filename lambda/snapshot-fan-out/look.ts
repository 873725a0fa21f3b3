import type { SnapshotFanOutConfig } from '../../lib/storage/config';
import { Attempts } from '../runtime/attempts';
import { jsonLog } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import { Actions } from './act';
import type { VolumeClients } from './data-volume';
import { decide } from './decide';
import { observe } from './observe';

/** Nothing is begun in the last moments before the function is stopped. */
const LAST_MOMENTS = 5_000;

/** Looks, decides and acts on the snapshots of one job's data. It remembers nothing. */
export class FanOut {
  constructor(
    private readonly config: SnapshotFanOutConfig,
    private readonly clients: VolumeClients,
    private readonly clock: Clock,
    private readonly write: (line: string) => void,
  ) {}

  /**
   * @param jobIds that are said to have succeeded
   * @param deadline when the function is stopped
   * @throws AggregateError when something could not be done; the next look tries again
   */
  async run(jobIds: readonly string[], deadline: number): Promise<void> {
    const now = this.clock.now().getTime();
    const log = jsonLog(this.write, { time: new Date(now).toISOString() });
    const attempts = new Attempts(log, () => this.clock.now().getTime() < deadline - LAST_MOMENTS);
    const decision = decide(this.config.keep, await observe(this.config, this.clients, jobIds, now));
    if (decision.givenUp) {
      const { jobId } = decision.givenUp;
      attempts.failed('snapshot', { jobId }, new Error(`The snapshots of job ${jobId} have all failed`));
    }
    await new Actions(this.config, this.clients, log, attempts).act(decision);
    if (attempts.failures.length === 0) return;
    throw new AggregateError(
      attempts.failures,
      `${attempts.failures.length} steps failed and are left to the next look`,
    );
  }
}
