import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type * as autoscaling from 'aws-cdk-lib/aws-autoscaling';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AutoscalerConfig, PoolConfig } from './config';
import { autoscalerConfigEntries, METRICS } from './config';
import { Triggers } from './triggers';
import { SUPPLY_METRICS } from '../capacity/config';
import { registeredMemoryMiB } from '../capacity/instance-shape';
import type { PoolProps } from '../capacity/pool';
import { resolvePools } from '../capacity/pool';
import { allowSending, allowTableKey } from '../encryption/key-rights';
import { createDeadLetterAlarm, createDeadLetterQueue } from '../handler/dead-letters';
import { HandlerFunction } from '../handler/handler-function';
import { createStateTable } from '../handler/state-table';
import type { EcsCluster } from '../lifecycle/ecs-cluster';
import { ecsCluster } from '../lifecycle/ecs-cluster';
import { EnvironmentLifecycle } from '../lifecycle/environment-lifecycle';
import { countMetric, environmentName, lookMetric } from '../metrics/foreman-metric';
import { allowPublishing } from '../permissions/publishing';
import { allowUnscoped } from '../permissions/unscoped-actions';
import type { CapacityResource } from '../shortage/capacity-resource';
import { checkSeconds, checkWholeNumber, sentence, ValidationError } from '../validation/validation-error';

/** A pool whose Auto Scaling group is there already. */
export interface AutoscaledPool extends PoolProps {
  /**
   * The group that launches the pool's instances. It must protect new instances from scale-in, have a minimum of 0, a
   * launch template, no scaling policy and no capacity provider, and suspend its `AZRebalance` process.
   */
  readonly autoScalingGroup: autoscaling.IAutoScalingGroup;
}

export interface QueueDepthAutoscalerProps {
  /** An unmanaged environment on EC2. */
  readonly computeEnvironment: batch.IComputeEnvironment;

  /** One for each shape of instance that serves the environment; at least one. */
  readonly pools: AutoscaledPool[];

  /**
   * The queues that list the environment. More can be added with `addQueue`; there must be one in the end.
   *
   * @default - none yet
   */
  readonly queues?: batch.IJobQueue[];

  /**
   * ARN of the ECS cluster behind the environment.
   *
   * @default - found by a custom resource
   */
  readonly clusterArn?: string;

  /**
   * The most vCPUs that the instances of all pools may have together; at least 1.
   *
   * @default - no limit but the pools' own
   */
  readonly maxvCpus?: number;

  /**
   * How long an instance has nothing to run before it is drained; up to a day.
   *
   * @default Duration.minutes(1)
   */
  readonly scaleInAfter?: Duration;

  /**
   * How long a launched instance may take to register with ECS before it is replaced; from a minute to an hour.
   *
   * @default Duration.minutes(10)
   */
  readonly provisionTimeout?: Duration;
}

/** The lease of a run that died ends a little later, in time for the next tick. */
const FUNCTION_TIMEOUT = Duration.seconds(50);
/** How long Batch may go on placing jobs on an instance that has been set to DRAINING, with room to spare. */
const DRAIN_SECONDS = 60;
/** One page of ListJobs and ten of DescribeJobs. */
const JOB_BUDGET = 1000;

/**
 * Launches instances for the jobs that wait in the queues of an unmanaged compute environment, and terminates those
 * that have nothing to run. It sees vCPUs, memory and GPUs, leaves zero by itself, and never ends a job.
 */
export class QueueDepthAutoscaler extends Construct {
  /** Observes, decides and acts. */
  readonly function: lambda.IFunction;
  /** One item: what the autoscaler remembers from run to run. */
  readonly table: dynamodb.ITable;
  /** What starts the function. What must be there before the first run is to be made a dependency of this. */
  readonly triggers: Construct;
  /** Takes what the function has failed on; the next tick makes up for it. */
  readonly deadLetterQueue: sqs.IQueue;
  /** Goes off when there is something in the dead-letter queue. Give it an action. */
  readonly deadLetterAlarm: cloudwatch.Alarm;

  readonly computeEnvironment: batch.IComputeEnvironment;
  /** By which metrics tell the pools apart: their names, in their order. */
  readonly poolNames: string[];

  private readonly queues: batch.IJobQueue[] = [];

  constructor(scope: Construct, id: string, props: QueueDepthAutoscalerProps) {
    super(scope, id);
    const scaleInAfter = props.scaleInAfter ?? Duration.minutes(1);
    const provisionTimeout = props.provisionTimeout ?? Duration.minutes(10);
    checkWholeNumber(this, 'maxvCpus', props.maxvCpus, { min: 1 });
    checkSeconds(this, 'scaleInAfter', scaleInAfter, { min: 0, max: 86_400 });
    checkSeconds(this, 'provisionTimeout', provisionTimeout, { min: 60, max: 3600 });
    const pools = poolConfigs(this, props.pools);
    this.computeEnvironment = props.computeEnvironment;
    this.poolNames = pools.map(({ name }) => name);
    const cluster =
      props.clusterArn === undefined
        ? new EnvironmentLifecycle(this, 'Lifecycle', { computeEnvironment: props.computeEnvironment }).cluster
        : ecsCluster(this, props.clusterArn);
    this.table = createStateTable(this, 'computeEnvironment');
    this.deadLetterQueue = createDeadLetterQueue(this);
    this.deadLetterAlarm = createDeadLetterAlarm(
      this,
      this.deadLetterQueue,
      'Runs of the autoscaler have failed; their events are in its dead-letter queue',
    );
    const config = (): AutoscalerConfig => ({
      computeEnvironmentArn: props.computeEnvironment.computeEnvironmentArn,
      clusterArn: cluster.arn,
      queueArns: this.queues.map(({ jobQueueArn }) => jobQueueArn),
      pools,
      maxvCpus: props.maxvCpus,
      tableName: this.table.tableName,
      scaleInAfterSeconds: scaleInAfter.toSeconds(),
      drainSeconds: DRAIN_SECONDS,
      provisionTimeoutSeconds: provisionTimeout.toSeconds(),
      jobBudget: JOB_BUDGET,
    });
    const handler = new HandlerFunction(this, 'Function', {
      asset: 'queue-depth-autoscaler',
      description: 'Launches and terminates the instances of an unmanaged AWS Batch environment',
      timeout: FUNCTION_TIMEOUT,
      memorySize: 512,
      environment: {
        CONFIG: Lazy.string({ produce: () => Stack.of(this).toJsonString(autoscalerConfigEntries(config())) }),
      },
      // A tick that failed is made up for by the next; its event is kept for whoever wants to know.
      asynchronous: { retryAttempts: 0, onFailure: { bind: () => ({ destination: this.deadLetterQueue.queueArn }) } },
    });
    this.function = handler.function;
    this.allow(handler.role, props.pools, cluster);
    this.triggers = new Triggers(this, 'Triggers', {
      function: handler.function,
      deadLetterQueue: this.deadLetterQueue,
      queueArns: this.queueArns(),
    });
    this.node.addValidation({ validate: () => this.missingQueues() });
    props.queues?.forEach((queue) => this.addQueue(queue));
  }

  /** Has instances launched for the jobs of a queue that lists the environment. */
  addQueue(queue: batch.IJobQueue): void {
    if (!this.queues.includes(queue)) this.queues.push(queue);
  }

  /** Jobs that wait in RUNNABLE and may run in the environment. */
  metricRunnableJobs(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return lookMetric(this, METRICS.runnableJobs, this.dimensions(), options);
  }

  /** Jobs among them that no instance of any pool can hold: nothing is launched for them. */
  metricMisfitJobs(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return lookMetric(this, METRICS.misfitJobs, this.dimensions(), options);
  }

  /** Jobs among them for which nothing is there, on its way or being launched, for want of a pool that may launch. */
  metricUnplacedJobs(options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return lookMetric(this, METRICS.unplacedJobs, this.dimensions(), options);
  }

  /** How much the instances have that are registered with ECS, of vCPUs, memory in MiB, or GPUs where pools have some. */
  metricSupply(resource: CapacityResource, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return lookMetric(this, SUPPLY_METRICS.supply, { ...this.dimensions(), Resource: resource.name }, options);
  }

  /** How much of that jobs hold, as ECS says it. */
  metricInUse(resource: CapacityResource, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return lookMetric(this, SUPPLY_METRICS.inUse, { ...this.dimensions(), Resource: resource.name }, options);
  }

  /**
   * Instances of a pool that are there or on their way.
   *
   * @param pool one of `poolNames`
   */
  metricInstances(pool: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return lookMetric(this, METRICS.instances, this.dimensions(pool), options);
  }

  /**
   * Instances of a pool that were launched.
   *
   * @param pool one of `poolNames`
   */
  metricLaunches(pool: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, METRICS.launches, this.dimensions(pool), options);
  }

  /**
   * Instances of a pool that were terminated for having nothing to run.
   *
   * @param pool one of `poolNames`
   */
  metricTerminations(pool: string, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return countMetric(this, METRICS.terminations, this.dimensions(pool), options);
  }

  private dimensions(pool?: string): Record<string, string> {
    const ComputeEnvironment = environmentName(this, this.computeEnvironment);
    if (pool === undefined) return { ComputeEnvironment };
    if (this.poolNames.includes(pool)) return { ComputeEnvironment, Pool: pool };
    const allowed = `one of ${this.poolNames.join(', ')}`;
    throw new ValidationError(this, { property: 'pool', value: JSON.stringify(pool), allowed });
  }

  private queueArns(): string[] {
    return Lazy.list({ produce: () => this.queues.map(({ jobQueueArn }) => jobQueueArn) });
  }

  private missingQueues(): string[] {
    if (this.queues.length > 0) return [];
    const allowed = 'a list of at least one job queue that lists the environment';
    const advice = 'Make one with BatchCluster.addQueue, or add one that is there with addQueue.';
    return [sentence({ property: 'queues', value: 'empty', allowed, advice })];
  }

  private allow(role: iam.Role, pools: AutoscaledPool[], cluster: EcsCluster): void {
    const allow = (actions: string[], resources: string[]) =>
      role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
    role.addToPolicy(
      allowUnscoped(
        'autoscaling:DescribeAutoScalingGroups',
        'autoscaling:DescribeScalingActivities',
        'batch:DescribeJobQueues',
        'batch:DescribeJobs',
        'batch:ListJobs',
      ),
    );
    allow(['batch:GetJobQueueSnapshot'], this.queueArns());
    // Any job may ask for any of them.
    allow(
      ['batch:DescribeConsumableResource', 'batch:ListJobsByConsumableResource'],
      [Stack.of(this).formatArn({ service: 'batch', resource: 'consumable-resource', resourceName: '*' })],
    );
    allow(['ecs:DeregisterContainerInstance', 'ecs:ListContainerInstances'], [cluster.arn]);
    allow(['ecs:DescribeContainerInstances', 'ecs:UpdateContainerInstancesState'], [cluster.containerInstanceArns]);
    allow(
      ['autoscaling:SetDesiredCapacity', 'autoscaling:TerminateInstanceInAutoScalingGroup'],
      pools.map(({ autoScalingGroup }) => autoScalingGroup.autoScalingGroupArn),
    );
    allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [this.table.tableArn]);
    allowTableKey(role, this.table.encryptionKey);
    allowSending(role, this.deadLetterQueue);
    role.addToPolicy(allowPublishing(this));
  }
}

function poolConfigs(scope: Construct, pools: AutoscaledPool[]): PoolConfig[] {
  return resolvePools(scope, pools).map(({ name, shape, cost }, index) => ({
    name,
    autoScalingGroupName: pools[index].autoScalingGroup.autoScalingGroupName,
    instanceTypes: pools[index].instanceTypes.map((instanceType) => instanceType.toString()),
    capacity: { ...shape, memoryMiB: registeredMemoryMiB(shape.memoryMiB) },
    cost,
    maxInstances: pools[index].maxInstances,
    spareInstances: pools[index].spareInstances ?? 0,
    opensForCpuJobs: pools[index].opensForCpuJobs ?? false,
  }));
}
