import { BatchClient } from '@aws-sdk/client-batch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { parseSnapshotFanOutConfig, type SucceededJob } from '../../lib/storage/config';
import { awsHandler } from '../runtime/aws-runtime';
import { client } from '../runtime/clients';
import type { CreateHandler } from '../runtime/runtime';
import { FanOut } from './look';

/** Messages about jobs that have succeeded, or the minute's tick. */
export type FanOutEvent = SQSEvent | Record<string, never>;

export const createHandler: CreateHandler<FanOutEvent, SQSBatchResponse> = (runtime) => {
  const { clock, env, log } = runtime;
  const fanOut = new FanOut(
    parseSnapshotFanOutConfig(env['CONFIG']),
    {
      batch: client(BatchClient, runtime),
      ec2: client(EC2Client, runtime),
      ecs: client(ECSClient, runtime),
      ssm: client(SSMClient, runtime),
    },
    clock,
    log,
  );
  return async (event, context) => {
    const deadline = clock.now().getTime() + context.getRemainingTimeInMillis();
    const { jobIds, broken } = readMessages(event);
    if (jobIds.length > 0 || broken.length === 0) await fanOut.run(jobIds, deadline);
    return { batchItemFailures: broken.map((itemIdentifier) => ({ itemIdentifier })) };
  };
};

export const handler = awsHandler(createHandler);

function readMessages(event: FanOutEvent): { jobIds: string[]; broken: string[] } {
  const jobIds: string[] = [];
  const broken: string[] = [];
  for (const { body, messageId } of 'Records' in event ? event.Records : []) {
    const jobId = jobIdIn(body);
    if (jobId === undefined) broken.push(messageId);
    else jobIds.push(jobId);
  }
  return { jobIds, broken };
}

function jobIdIn(body: string): string | undefined {
  try {
    const { jobId } = JSON.parse(body) as Partial<SucceededJob>;
    return typeof jobId === 'string' && jobId !== '' ? jobId : undefined;
  } catch {
    return undefined;
  }
}
