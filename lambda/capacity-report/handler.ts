import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BatchClient } from '@aws-sdk/client-batch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { parseCapacityReportConfig } from '../../lib/shortage/config';
import { awsHandler } from '../runtime/aws-runtime';
import { client } from '../runtime/clients';
import type { CreateHandler } from '../runtime/runtime';
import { CapacityReporter } from './look';

/** Whatever the event says, it is time to look. */
export const createHandler: CreateHandler<unknown, void> = (runtime) => {
  const { clock, env, log } = runtime;
  const reporter = new CapacityReporter(
    parseCapacityReportConfig(env['CONFIG']),
    {
      autoScaling: client(AutoScalingClient, runtime),
      batch: client(BatchClient, runtime),
      dynamo: client(DynamoDBClient, runtime),
      ec2: client(EC2Client, runtime),
      ecs: client(ECSClient, runtime),
      events: client(EventBridgeClient, runtime),
    },
    clock,
    log,
  );
  return (_event, context) => reporter.run(clock.now().getTime() + context.getRemainingTimeInMillis());
};

export const handler = awsHandler(createHandler);
