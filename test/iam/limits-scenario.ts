import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { RateLimit } from '../../lib';
import type { LocalAws } from '../../local/local-aws';
import { encrypt } from './customer-key';
import type { Recording } from './recording';

/** A rate limit is refilled, and once cannot be. */
export async function playLimits(aws: LocalAws, recording: Recording): Promise<void> {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'iam-')) });
  const stack = new Stack(app, 'Limits');
  encrypt(stack, stack);
  new RateLimit(stack, 'Requests', { starts: 1, per: Duration.minutes(1) });
  await aws.deploy(app.synth().directory);
  recording.noteGrants();
  await aws.virtualClock!.advance(120_000);
  aws.setFaults({ fail: { 'batch:UpdateConsumableResource': 1 } });
  await aws.virtualClock!.advance(180_000);
  aws.setFaults({});
  await aws.destroy(['Limits']);
}
