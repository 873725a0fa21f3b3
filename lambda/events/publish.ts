import { type EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { EVENT_SOURCE } from '../../lib/events/config';
import { chunks } from '../runtime/chunks';

/** An event of this library, for the default bus. */
export interface PublishedEvent {
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: object;
}

const EVENTS_PER_CALL = 10;

/** @throws Error when some event was refused; those before it have been published */
export async function publishEvents(client: EventBridgeClient, events: readonly PublishedEvent[]): Promise<void> {
  for (const chunk of chunks(events, EVENTS_PER_CALL)) {
    const { FailedEntryCount, Entries = [] } = await client.send(
      new PutEventsCommand({
        Entries: chunk.map(({ detailType, resources, detail }) => ({
          Source: EVENT_SOURCE,
          DetailType: detailType,
          Resources: [...resources],
          Detail: JSON.stringify({ version: 1, ...detail }),
        })),
      }),
    );
    if (!FailedEntryCount) continue;
    const refused = Entries.find(({ ErrorCode }) => ErrorCode !== undefined);
    throw new Error(`${FailedEntryCount} of ${chunk.length} events were refused: ${refused?.ErrorMessage}`);
  }
}
