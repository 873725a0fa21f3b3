import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BatchClient } from '@aws-sdk/client-batch';
import { EC2Client } from '@aws-sdk/client-ec2';
import { ECSClient } from '@aws-sdk/client-ecs';
import { explainJob } from '../../lambda/capacity-report/explain/explainer';
import type { EnvironmentClients } from '../../lambda/capacity-report/observe/environments';
import type { WhyOptions } from './options';
import { render } from './render';

/** @throws Error when there is no such job, or AWS does not answer */
export async function why(options: WhyOptions, now: Date): Promise<string> {
  const { jobId, json } = options;
  const explanation = await explainJob(clientsOf(options), jobId, now.getTime());
  if (!explanation) {
    throw new Error(`AWS Batch knows no job ${jobId} here. It keeps those that have ended for about seven days.`);
  }
  return json ? JSON.stringify(explanation, null, 2) : render(explanation);
}

function clientsOf({ endpoint, region, profile }: WhyOptions): EnvironmentClients {
  const settings = { ...(endpoint && { endpoint }), ...(region && { region }), ...(profile && { profile }) };
  return {
    autoScaling: new AutoScalingClient(settings),
    batch: new BatchClient(settings),
    ec2: new EC2Client(settings),
    ecs: new ECSClient(settings),
  };
}
