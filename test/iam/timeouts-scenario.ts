import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { JobTimeouts } from '../../lib';
import type { LocalAws } from '../../local/local-aws';
import { LedgerEnvironment, synthesize } from '../stack/job-ledger/environment';
import { encrypt } from './customer-key';
import type { Recording } from './recording';

/** Jobs are recorded, announced, cancelled and terminated; then everything fails. */
export async function playTimeouts(aws: LocalAws, recording: Recording): Promise<void> {
  const assembly = synthesize((stack, queue) => {
    encrypt(stack, stack);
    const { ledger } = new JobTimeouts(stack, 'Timeouts', {
      queues: [queue],
      runnable: Duration.minutes(2),
      running: Duration.minutes(3),
    });
    ledger.announceEnds(new sqs.Queue(stack, 'Subscriber'));
  }, 1);
  const environment = await LedgerEnvironment.deployTo(aws, assembly);
  recording.noteGrants();
  await environment.submit({ runSeconds: 3600 });
  await environment.submit();
  await environment.advance(420);
  aws.setFaults({ fail: { 'batch:*': 1, 'dynamodb:*': 1 } });
  await environment.submit().catch(() => {});
  await environment.advance(180);
  aws.setFaults({});
  await aws.destroy(['Stack']);
}
