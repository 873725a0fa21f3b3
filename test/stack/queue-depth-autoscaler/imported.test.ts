/** The autoscaler alone, on an environment, queues and an Auto Scaling group that another stack, or a person, has made. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import * as batch from 'aws-cdk-lib/aws-batch';
import { QueueDepthAutoscaler } from '../../../lib';
import { CPU, Environment } from './environment';
import { GROUP, makeTheirs } from './theirs';

const arn = (kind: string, name: string) => `arn:aws:batch:us-east-1:123456789012:${kind}/${name}`;

function synthesize(maxInstances: number): string {
  const app = new App({ outdir: mkdtempSync(join(tmpdir(), 'imported-')) });
  const stack = new Stack(app, 'Stack');
  const queues = ['their-bulk', 'their-urgent'].map((name) =>
    batch.JobQueue.fromJobQueueArn(stack, name, arn('job-queue', name)),
  );
  const autoscaler = new QueueDepthAutoscaler(stack, 'Ours', {
    computeEnvironment: batch.UnmanagedComputeEnvironment.fromUnmanagedComputeEnvironmentArn(
      stack,
      'Environment',
      arn('compute-environment', 'their-environment'),
    ),
    queues,
    pools: [
      {
        ...CPU,
        maxInstances,
        autoScalingGroup: autoscaling.AutoScalingGroup.fromAutoScalingGroupName(stack, 'Group', GROUP),
      },
    ],
  });
  const outputs = { Normal: 'their-bulk', Urgent: 'their-urgent', Autoscaler: autoscaler.function.functionName };
  for (const [name, value] of Object.entries(outputs)) new CfnOutput(stack, name, { value });
  return app.synth().directory;
}

let assembly: string;
beforeAll(() => {
  assembly = synthesize(4);
});

test('it leaves zero for a job, and goes back to zero after it', async () => {
  const environment = await Environment.deploy(assembly, {}, makeTheirs);
  const job = await environment.submit({ runSeconds: 300 });
  await environment.untilOver();
  expect(environment.job(job).status).toBe('SUCCEEDED');
  expect(environment.instances()).toMatchObject([{ tasksStarted: 1, killed: [] }]);
  expect(environment.decisions()).toEqual(['launch', 'drain', 'terminate']);
});

test('it never has more instances than their group allows, whatever the pool says', async () => {
  const environment = await Environment.deploy(assembly, {}, makeTheirs);
  for (let count = 0; count < 6; count++) await environment.submit({ vcpus: 4, runSeconds: 300 });
  let most = 0;
  await environment.until('over', () => {
    most = Math.max(most, environment.left().length);
    return environment.jobs().every(({ status }) => status === 'SUCCEEDED');
  });
  expect(most).toBe(3);
});

test('it knows which of their queues comes first, which their import does not tell', async () => {
  const environment = await Environment.deploy(synthesize(1), {}, makeTheirs);
  await environment.submit({ vcpus: 4 });
  // The larger job would come first if both were equally urgent.
  await environment.submit({ vcpus: 3, urgent: true });
  await environment.advance(70);
  const unplaced = environment.log.filter(({ message }) => message === 'unplaced');
  expect(unplaced.length).toBeGreaterThan(0);
  for (const { queueArn } of unplaced) expect(queueArn).toBe(arn('job-queue', 'their-bulk'));
});

test('it goes without their things', async () => {
  const environment = await Environment.deploy(assembly, {}, makeTheirs);
  await environment.aws.destroy();
  const { AutoScalingGroups } = await environment.aws
    .client(AutoScalingClient)
    .send(new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [GROUP] }));
  expect(AutoScalingGroups).toMatchObject([{ MaxSize: 3 }]);
});
