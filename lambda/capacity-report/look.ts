import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { CapacityReportConfig } from '../../lib/shortage/config';
import { StateItem } from '../dynamodb/state-item';
import { publishEvents } from '../events/publish';
import { jsonLog } from '../runtime/log';
import type { Clock } from '../runtime/runtime';
import type { EnvironmentClients } from './observe/environments';
import { WHOLE_LOOK_EVERY } from '../queue-depth-autoscaler/observe/queue-scan';
import { Observer } from './observe/observe';
import { eventOf, metricLines } from './publish';
import { report } from './report';
import { advance, EMPTY_LOG, lasting, type ShortageLog } from './shortage-log';

export interface Clients extends EnvironmentClients {
  readonly dynamo: DynamoDBClient;
  readonly events: EventBridgeClient;
}

/** A lease outlives the invocation that holds it, so that nobody speaks while another may still do so. */
const LEASE_MARGIN = 2_000;
/** Looks that follow each other sooner are one look made twice. */
const LOOKS_APART = 30_000;

/** Looks, says what lasts and remembers it. What it keeps in memory only saves calls. */
export class CapacityReporter {
  private readonly observer: Observer;
  private readonly item: StateItem<ShortageLog>;
  /** Whether the last look of this execution environment found nothing waiting, and nothing that is yet to be told. */
  private quiet = true;
  private quietLooks = 0;

  constructor(
    private readonly config: CapacityReportConfig,
    private readonly clients: Clients,
    private readonly clock: Clock,
    private readonly write: (line: string) => void,
  ) {
    this.observer = new Observer(clients);
    this.item = new StateItem(clients.dynamo, {
      tableName: config.tableName,
      key: { report: { S: config.reportId } },
      parse: (text) => (text === undefined ? EMPTY_LOG : (JSON.parse(text) as ShortageLog)),
    });
  }

  /** @param deadline when the function is stopped */
  async run(deadline: number): Promise<void> {
    const { queueArns, jobBudget } = this.config;
    const whole = this.quietLooks++ % WHOLE_LOOK_EVERY === 0;
    if (this.quiet && !whole && (await this.observer.seesNothing(queueArns, false))) return;

    const reading = await this.item.read();
    const now = this.clock.now().getTime();
    if (reading.leaseUntil > now || now - reading.observedAt < LOOKS_APART) return;
    const nothingOpen = reading.leaseUntil === 0 && Object.keys(reading.state.open).length === 0;
    if (this.quiet && whole && nothingOpen && (await this.observer.seesNothing(queueArns, true))) return;

    this.quiet = false;
    const observation = await this.observer.look({ queues: queueArns, jobBudget }, now);
    const shortages = report(observation, now);
    const log = advance(reading.state, shortages, observation.complete, now);
    // A lease that was not given back: whether its announcements were made, nobody knows.
    const unsaid = reading.leaseUntil > 0 ? reading.state.outbox : [];
    const outbox = [...unsaid, ...log.outbox];
    const state: ShortageLog = { open: log.open, outbox };
    this.quiet = observation.waiting.length === 0 && Object.keys(log.open).length === 0 && outbox.length === 0;
    const outcome = { state, observedAt: now };
    const lease =
      outbox.length > 0
        ? await this.item.take(reading, outcome, deadline + LEASE_MARGIN)
        : await this.item.keep(reading, outcome);
    // Somebody else has looked meanwhile.
    if (!lease) return;

    const ended = log.outbox.filter((announcement) => announcement.state === 'ENDED').map(({ shortage }) => shortage);
    for (const line of metricLines(observation, lasting(log, shortages), ended, now)) this.write(line);
    if (lease === true) return;
    const to = jsonLog(this.write, { time: new Date(now).toISOString() });
    for (const { state: what, id, shortage } of outbox) to.warn(`shortage ${what.toLowerCase()}`, { id, ...shortage });
    await publishEvents(this.clients.events, outbox.map(eventOf));
    await lease.release();
  }
}
