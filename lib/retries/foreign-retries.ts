import type * as batch from 'aws-cdk-lib/aws-batch';
import type { JobRetries } from './job-retries';
import type { IJobLedger } from '../ledger/ledger';
import { sentence } from '../validation/validation-error';

/**
 * What is wrong when jobs are retried by way of another ledger than that of the feature that starts them: it would take them
 * to be over while they are not.
 */
export function foreignRetries(retries: JobRetries | undefined, ledger: IJobLedger, queue: batch.IJobQueue): string[] {
  if (!retries || retries.ledger === ledger) return [];
  const allowed = `one whose jobs are retried by way of the same ledger, or not at all; ${retries.node.path} has another`;
  const advice = 'Give both the same `ledger`: that of the one is a property of it.';
  return [sentence({ property: 'queue', value: queue.node.path, allowed, advice })];
}
