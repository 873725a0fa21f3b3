import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { SQSBatchResponse } from 'aws-lambda';
import { parseAutoscalerConfig } from '../../lib/autoscaling/config';
import { awsHandler } from '../runtime/aws-runtime';
import { client } from '../runtime/clients';
import type { CreateHandler } from '../runtime/runtime';
import { Autoscaler } from './tick';
import { readWakeup, type TriggerEvent } from './trigger';

export const createHandler: CreateHandler<TriggerEvent, SQSBatchResponse> = (runtime) => {
  const { clock, env, log } = runtime;
  const autoscaler = new Autoscaler(
    parseAutoscalerConfig(env['CONFIG']),
    {
      autoScaling: client(AutoScalingClient, runtime),
      batch: client(BatchClient, runtime),
      dynamo: client(DynamoDBClient, runtime),
      ecs: client(ECSClient, runtime),
      events: client(EventBridgeClient, runtime),
    },
    clock,
    log,
  );
  return async (event, context) => {
    const now = clock.now().getTime();
    const { kind, time, broken } = readWakeup(event, now);
    for (const { itemIdentifier } of broken) {
      log(JSON.stringify({ level: 'ERROR', message: 'unreadable record', messageId: itemIdentifier }));
    }
    if (time !== undefined) {
      await autoscaler.run({ kind, triggeredAt: time, deadline: now + context.getRemainingTimeInMillis() });
    }
    return { batchItemFailures: broken };
  };
};

export const handler = awsHandler(createHandler);
