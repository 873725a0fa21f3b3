import { setTimeout as sleep } from 'node:timers/promises';
import { DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling';
import { DescribeJobsCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import { DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { GetFunctionConfigurationCommand, InvokeCommand } from '@aws-sdk/client-lambda';
import type { AttemptInput } from '../../workload/local-job';
import { LOCAL_JOB } from '../../workload/local-job';
import type { Account } from './account';
import { eventually } from '../processes';

/** How often the autoscaler is called between its ticks. */
const CALL_PAUSE_MILLISECONDS = 3_000;

/** What the tests see of the deployed reference app, and do to it. */
export class DeployedStack {
  constructor(
    private readonly account: Account,
    readonly name: string,
    readonly outputs: Readonly<Record<string, string>>,
  ) {}

  async status(): Promise<string | undefined> {
    const { Stacks } = await this.account.cloudFormation.send(new DescribeStacksCommand({ StackName: this.name }));
    return Stacks?.[0]?.StackStatus;
  }

  /** How many resources there are of each type. @throws Error when one is not complete */
  async resources(): Promise<Readonly<Record<string, number>>> {
    const { StackResources = [] } = await this.account.cloudFormation.send(
      new DescribeStackResourcesCommand({ StackName: this.name }),
    );
    const counts: Record<string, number> = {};
    for (const { LogicalResourceId, ResourceType = '', ResourceStatus } of StackResources) {
      if (ResourceStatus?.endsWith('_COMPLETE') !== true) throw new Error(`${LogicalResourceId} is ${ResourceStatus}`);
      counts[ResourceType] = (counts[ResourceType] ?? 0) + 1;
    }
    return counts;
  }

  async submit(queue: string, jobDefinition: string, attempt: AttemptInput, jobName = 'test'): Promise<string> {
    const environment = [{ name: LOCAL_JOB, value: JSON.stringify({ attempts: [attempt] }) }];
    const { jobId } = await this.account.batch.send(
      new SubmitJobCommand({ jobName, jobQueue: queue, jobDefinition, containerOverrides: { environment } }),
    );
    return jobId!;
  }

  async jobStatus(jobId: string): Promise<string | undefined> {
    const { jobs } = await this.account.batch.send(new DescribeJobsCommand({ jobs: [jobId] }));
    return jobs?.[0]?.status;
  }

  /** Instances by pool, of pools that have any. */
  async instances(): Promise<Readonly<Record<string, number>>> {
    const { AutoScalingGroups = [] } = await this.account.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    return Object.fromEntries(
      AutoScalingGroups.flatMap(({ AutoScalingGroupName, Instances = [] }) => {
        const pool = /Pools(small|large|gpu)Group/.exec(AutoScalingGroupName!)?.[1];
        if (pool === undefined) throw new Error(`${AutoScalingGroupName} belongs to no pool`);
        return Instances.length > 0 ? [[pool, Instances.length]] : [];
      }),
    );
  }

  /** The environment variable that tells the deployed autoscaler all it knows. */
  async autoscalerConfig(): Promise<unknown> {
    const { Environment } = await this.account.lambda.send(
      new GetFunctionConfigurationCommand({ FunctionName: this.autoscaler }),
    );
    return JSON.parse(Environment!.Variables!.CONFIG!);
  }

  /** @throws Error when it fails */
  async callAutoscaler(): Promise<void> {
    const { FunctionError, Payload } = await this.account.lambda.send(
      new InvokeCommand({ FunctionName: this.autoscaler, Payload: '{}' }),
    );
    if (FunctionError !== undefined) throw new Error(`The autoscaler failed: ${Payload?.transformToString()}`);
  }

  /** Waits, and meanwhile calls the autoscaler more often than the minute's ticks do. */
  whileScaling(what: string, seconds: number, holds: () => Promise<boolean>): Promise<boolean> {
    return eventually(`${this.name}: ${what}`, seconds, async () => {
      if (await holds()) return true;
      await this.callAutoscaler();
      await sleep(CALL_PAUSE_MILLISECONDS);
      return false;
    });
  }

  private get autoscaler(): string {
    return this.outputs.InstancesAutoscalerFunctionName!;
  }
}
