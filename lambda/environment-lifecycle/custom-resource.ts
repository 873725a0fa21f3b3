import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import type { Clock, Put } from '../runtime/runtime';

/** What a request came to. */
export type Answer =
  | { readonly status: 'SUCCESS'; readonly physicalId: string; readonly data?: object }
  | { readonly status: 'FAILED'; readonly physicalId: string; readonly reason: string };

/** Told instead of an id of a resource that has not come into being: there is nothing to delete behind it. */
export const NEVER_CREATED = 'never-created';

/** CloudFormation takes answers of up to 4096 bytes. */
const MOST_REASON = 2000;
const ATTEMPTS = 5;
const PAUSE = 2_000;

/** Tells CloudFormation, which otherwise waits until its own time is up. */
export async function send(
  put: Put,
  clock: Clock,
  event: CloudFormationCustomResourceEvent,
  answer: Answer,
): Promise<void> {
  const body = JSON.stringify({
    Status: answer.status,
    ...(answer.status === 'SUCCESS' ? { Data: answer.data } : { Reason: answer.reason.slice(0, MOST_REASON) }),
    PhysicalResourceId: answer.physicalId,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  });
  for (let attempt = 1; ; attempt++) {
    try {
      return await put(event.ResponseURL, body);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await clock.sleep(PAUSE);
    }
  }
}
