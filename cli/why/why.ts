import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BatchClient } from '@aws-sdk/client-batch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { explainJob } from '../../lambda/capacity-report/explain/explainer';
import { client } from '../aws/connection';
import { CommandError } from '../command/errors';
import type { WhyOptions } from './options';
import { render } from './render';

/** @throws CommandError when there is no such job */
export async function why(options: WhyOptions, now: Date): Promise<string> {
  const { jobId, json } = options;
  const clients = {
    autoScaling: client(AutoScalingClient, options),
    batch: client(BatchClient, options),
    ec2: client(EC2Client, options),
    ecs: client(ECSClient, options),
  };
  const explanation = await explainJob(clients, jobId, now.getTime());
  if (!explanation) {
    throw new CommandError(
      `AWS Batch knows no job ${jobId} here. It keeps those that have ended for about seven days.`,
    );
  }
  return json ? JSON.stringify(explanation, null, 2) : render(explanation);
}
