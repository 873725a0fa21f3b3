import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { errorFields } from '../runtime/log';
import type { Context } from './context';

/** What comes by the function's own queue. */
export type Message =
  /** The ledger tells that a job has ended. `looks`: how often it was not clear how. */
  | { readonly kind: 'ended'; readonly jobId: string; readonly looks: number }
  /** A lineage may be due. */
  | { readonly kind: 'wake'; readonly lineage: string };

const LONGEST_DELAY_SECONDS = 900;
/** Until what AWS Batch shows fits together. */
export const LOOK_AGAIN_SECONDS = 60;

/** @throws Error that says what is wrong with it */
export function readMessage(body: string): Message {
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch (error) {
    throw new Error(`the message is not JSON: ${(error as Error).message}`, { cause: error });
  }
  const { jobId, looks = 0, wake } = (content ?? {}) as Record<string, unknown>;
  if (typeof wake === 'string') return { kind: 'wake', lineage: wake };
  if (typeof jobId === 'string' && typeof looks === 'number') return { kind: 'ended', jobId, looks };
  throw new Error(`the message has neither a jobId nor a lineage to wake: ${body.slice(0, 200)}`);
}

/** Has a lineage looked at when it is due. It is a matter of promptness only: the sweep finds what is due. */
export async function wakeAt(context: Context, lineage: string, at: number): Promise<void> {
  const seconds = Math.ceil((at - context.now()) / 1000);
  if (seconds > LONGEST_DELAY_SECONDS) return;
  try {
    await send(context, { wake: lineage }, Math.max(0, seconds));
  } catch (error) {
    context.log.warn('wake-up not sent', { lineage, ...errorFields(error) });
  }
}

export function lookAgain(context: Context, jobId: string, looks: number): Promise<void> {
  return send(context, { jobId, looks: looks + 1 }, LOOK_AGAIN_SECONDS);
}

async function send({ sqs, config }: Context, body: object, DelaySeconds: number): Promise<void> {
  const MessageBody = JSON.stringify(body);
  await sqs.send(new SendMessageCommand({ QueueUrl: config.queueUrl, MessageBody, DelaySeconds }));
}
