import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';

interface AcceptedEntry {
  readonly source: string;
  readonly detailType: string;
  readonly resources: string[];
  readonly detail: object;
}

/** What an entry of `PutEvents` says, or why it is refused. */
export function acceptEntry(entry: PutEventsRequestEntry): AcceptedEntry | { ErrorCode: string; ErrorMessage: string } {
  const { Source: source, DetailType: detailType, Detail: text, Resources: resources = [] } = entry;
  const missing = Object.entries({ Source: source, DetailType: detailType, Detail: text }).find(([, value]) => !value);
  if (missing !== undefined) {
    const [name] = missing;
    return {
      ErrorCode: 'InvalidArgument',
      ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    };
  }
  if (source!.startsWith('aws.')) {
    return {
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: `Not authorized for the source ${source}.`,
    };
  }
  const detail = parseObject(text!);
  if (detail === undefined) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
  return { source: source!, detailType: detailType!, resources, detail };
}

/** As EventBridge counts it: 14 bytes for a time, and the UTF-8 of everything else. */
export function entriesSize(entries: readonly PutEventsRequestEntry[]): number {
  return entries.reduce((sum, { Time, Source = '', DetailType = '', Detail = '', Resources = [] }) => {
    const text = Source + DetailType + Detail + Resources.join('');
    return sum + (Time === undefined ? 0 : 14) + Buffer.byteLength(text);
  }, 0);
}

function parseObject(text: string): object | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
