/** A capacity report on a queue that is there already, synthesized from the construct and deployed with the bundle that ships. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import * as batch from 'aws-cdk-lib/aws-batch';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { DISABLE_ASSET_STAGING_CONTEXT } from 'aws-cdk-lib/cx-api';
import { CapacityReport } from '../../../lib';
import { Account } from '../../lambda/capacity-report/account';

const QUEUE_ARN = 'arn:aws:batch:us-east-1:123456789012:job-queue/queue';

/** @returns the directory of the cloud assembly */
export function synthesize(): string {
  const app = new App({
    outdir: mkdtempSync(join(tmpdir(), 'shortage-')),
    // The bundles are loaded from where they were built, once.
    context: { [DISABLE_ASSET_STAGING_CONTEXT]: true },
  });
  const stack = new Stack(app, 'Stack');
  const report = new CapacityReport(stack, 'Report', {
    queues: [batch.JobQueue.fromJobQueueArn(stack, 'Queue', QUEUE_ARN)],
  });
  report.topic.addSubscription(new EmailSubscription('oncall@example.com'));
  new CfnOutput(stack, 'Function', { value: report.function.functionName });
  return app.synth().directory;
}

/** What a published shortage says, as far as the tests look at it. */
export interface ToldShortage {
  readonly id: string;
  readonly state: 'BEGAN' | 'ENDED';
  readonly kind: string;
  readonly jobs: number;
  readonly resources: readonly { readonly resource: string; readonly shortBy: number }[];
}

/** An account with one instance of four vCPUs under one queue, and a report on that. */
export class Reported {
  /** Names of functions that were killed, with the line that says so. */
  readonly killed: string[] = [];
  readonly log: Readonly<Record<string, unknown>>[] = [];

  private constructor(
    readonly account: Account,
    readonly functionName: string,
  ) {
    account.aws.services.logs.onLine(({ message }) => {
      if (message.includes('signal: killed')) this.killed.push(message);
      if (message.startsWith('{')) this.log.push(JSON.parse(message) as Record<string, unknown>);
    });
  }

  static async deploy(assembly: string): Promise<Reported> {
    const account = new Account();
    await account.unmanaged('env', { pool: { type: 'm5.xlarge', max: 1, desired: 1 } });
    await account.queue('queue', ['env']);
    const [stack] = await account.aws.deploy(assembly);
    return new Reported(account, stack!.outputs['Function']!);
  }

  advance(seconds: number): Promise<void> {
    return this.account.advance(seconds);
  }

  /** Fills the instance for a while. */
  occupy(runSeconds: number): Promise<string> {
    return this.account.submit('queue', { vcpus: 4, runSeconds });
  }

  /** What has been published, in order, each told once however often it was said. */
  told(): ToldShortage[] {
    const events = this.account.aws.state().events.filter(({ source }) => source === 'batch-foreman');
    const details = events.map(({ detail }) => detail as ToldShortage);
    return [...new Map(details.map((detail) => [`${detail.id} ${detail.state}`, detail])).values()];
  }

  /** How many events there were, repetitions among them. */
  published(): number {
    return this.account.aws.state().events.filter(({ source }) => source === 'batch-foreman').length;
  }

  async alarm(): Promise<string> {
    const { MetricAlarms } = await this.account.aws.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
    return MetricAlarms!.find(({ MetricName }) => MetricName === 'ShortJobs')!.StateValue!;
  }

  /** What the mails of the topic say of the alarm: `ALARM` or `OK`. */
  mails(): string[] {
    return this.account.aws.services.sns.sent().map(({ subject = '' }) => subject.split(':')[0]!);
  }

  /** Calls the function at once, so often. */
  async invoke(times: number): Promise<void> {
    const { aws } = this.account;
    const invoke = new InvokeCommand({ FunctionName: this.functionName, InvocationType: 'Event', Payload: '{}' });
    await aws.finish(Promise.all(Array.from({ length: times }, () => aws.client(LambdaClient).send(invoke))));
  }
}
