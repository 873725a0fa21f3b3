import type * as sqs from '@aws-sdk/client-sqs';
import { ServiceError } from '../wire/service';
import { md5, md5OfAttributes } from './message-digest';
import type { Message } from './queue';

export function describeMessage(message: Message, fifo: boolean, input: sqs.ReceiveMessageRequest): sqs.Message {
  const system: Record<string, string | undefined> = {
    SenderId: message.senderId,
    SentTimestamp: String(message.sentAt),
    ApproximateReceiveCount: String(message.receiveCount),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
    MessageGroupId: message.groupId,
    MessageDeduplicationId: message.deduplicationId,
    SequenceNumber: fifo ? sequenceNumber(message) : undefined,
    DeadLetterQueueSourceArn: message.deadLetterSource,
  };
  const wanted: string[] = [...(input.AttributeNames ?? []), ...(input.MessageSystemAttributeNames ?? [])];
  const given = Object.entries(system).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (wanted.includes('All') || wanted.includes(entry[0])),
  );
  const attributes = Object.fromEntries(
    Object.entries(message.attributes).filter(([name]) => selects(input.MessageAttributeNames ?? [], name)),
  );
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: md5(message.body),
    Attributes: given.length > 0 ? Object.fromEntries(given) : undefined,
    MessageAttributes: Object.keys(attributes).length > 0 ? attributes : undefined,
    MD5OfMessageAttributes: md5OfAttributes(attributes),
  };
}

function selects(selection: readonly string[], name: string): boolean {
  return selection.some(
    (wanted) =>
      wanted === 'All' ||
      wanted === '.*' ||
      wanted === name ||
      (wanted.endsWith('.*') && name.startsWith(wanted.slice(0, -2))),
  );
}

export function messageSize(body: string, attributes: Readonly<Record<string, sqs.MessageAttributeValue>>): number {
  let size = Buffer.byteLength(body);
  for (const [name, { DataType = '', StringValue = '', BinaryValue }] of Object.entries(attributes)) {
    size += Buffer.byteLength(name + DataType + StringValue) + (BinaryValue?.length ?? 0);
  }
  return size;
}

export function sequenceNumber(message: Message): string {
  return String(message.sequence).padStart(20, '0');
}

export function validHandle(handle: string | undefined): string {
  if (handle === undefined || !/^[0-9a-f-]{36}:[0-9a-f]{32}$/.test(handle)) {
    throw new ServiceError(
      'ReceiptHandleIsInvalid',
      `The input receipt handle "${handle}" is not a valid receipt handle.`,
    );
  }
  return handle;
}
