import { Duration, Lazy, Names, Stack } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { CapacityResource } from './capacity-resource';
import type { CapacityReportConfig } from './config';
import { METRICS, SHORTAGE_EVENT } from './config';
import { shortageWidgets } from './widgets';
import { SUPPLY_METRICS } from '../capacity/config';
import { allowSending, allowTableKey } from '../encryption/key-rights';
import { EVENT_SOURCE } from '../events/config';
import { createAlarmTopic } from '../handler/alarm-topic';
import { createDeadLetterAlarm, createDeadLetterQueue } from '../handler/dead-letters';
import { HandlerFunction } from '../handler/handler-function';
import { createMinuteTick } from '../handler/minute-tick';
import { createStateTable } from '../handler/state-table';
import { environmentName, lookMetric, queueName } from '../metrics/foreman-metric';
import { allowPublishing } from '../permissions/publishing';
import { allowUnscoped } from '../permissions/unscoped-actions';
import { sentence } from '../validation/validation-error';

export interface CapacityReportProps {
  /**
   * The queues whose jobs are reported on, own or imported, on managed or unmanaged environments or Fargate. Queues that
   * share environments belong into one report: what jobs of a queue may have depends on those of the others. More can
   * be added with `addQueue`; there must be one in the end.
   *
   * @default - none yet
   */
  readonly queues?: batch.IJobQueue[];

  /**
   * Where the alarms tell that jobs cannot start, and that they can again.
   *
   * @default - a new topic, without subscriptions, that takes messages over TLS only
   */
  readonly topic?: sns.ITopic;
}

/** The lease of a run that died ends a little later, in time for the next tick. */
const FUNCTION_TIMEOUT = Duration.seconds(50);
/** One page of ListJobs and ten of DescribeJobs; the first hundred jobs of each queue are read in any case. */
const JOB_BUDGET = 1000;
/** One look that fails does not end an alarm. */
const ALARM_PERIODS = 3;

/**
 * Says which resource the waiting jobs of some queues lack, how much of it, and why: vCPUs, memory, GPUs or a consumable
 * resource; for want of instances, of larger ones, of EC2 capacity or a quota, or because what is there cannot be used.
 *
 * It looks each minute and only reads. A shortage that two looks in a row have seen is published as an event
 * `Batch Capacity Shortage`, as metrics and by an alarm; so is its end. What lasts less is not told.
 */
export class CapacityReport extends Construct {
  /** Looks, and says what lasts. */
  readonly function: lambda.IFunction;
  /** One item: which shortages have been seen and told. */
  readonly table: dynamodb.ITable;
  /** What the alarms are told to: `topic.addSubscription(new EmailSubscription('…'))`. */
  readonly topic: sns.ITopic;
  /** Takes what the function has failed on; the next tick makes up for it. */
  readonly deadLetterQueue: sqs.IQueue;
  /** Goes off when there is something in the dead-letter queue: nobody may be looking then. The topic is told. */
  readonly deadLetterAlarm: cloudwatch.Alarm;

  private readonly queues: batch.IJobQueue[] = [];
  private readonly alarmScope: Construct;

  constructor(scope: Construct, id: string, props: CapacityReportProps = {}) {
    super(scope, id);
    this.table = createStateTable(this, 'report');
    this.deadLetterQueue = createDeadLetterQueue(this);
    this.deadLetterAlarm = createDeadLetterAlarm(
      this,
      this.deadLetterQueue,
      'Runs of the capacity report have failed; their events are in its dead-letter queue',
    );
    const config = (): CapacityReportConfig => ({
      reportId: Names.uniqueId(this),
      queueArns: this.queues.map(({ jobQueueArn }) => jobQueueArn),
      tableName: this.table.tableName,
      jobBudget: JOB_BUDGET,
    });
    const handler = new HandlerFunction(this, 'Function', {
      asset: 'capacity-report',
      description: 'Says which resource the jobs of AWS Batch queues lack, how much of it, and why',
      timeout: FUNCTION_TIMEOUT,
      memorySize: 512,
      environment: { CONFIG: Lazy.string({ produce: () => Stack.of(this).toJsonString(config()) }) },
      // A tick that failed is made up for by the next; its event is kept for whoever wants to know.
      asynchronous: { retryAttempts: 0, onFailure: { bind: () => ({ destination: this.deadLetterQueue.queueArn }) } },
    });
    this.function = handler.function;
    this.allow(handler.role);
    createMinuteTick(this, { function: handler.function, description: 'Looks at the queues each minute' });
    this.topic = props.topic ?? createAlarmTopic(this);
    this.deadLetterAlarm.addAlarmAction(new SnsAction(this.topic));
    this.alarmScope = new Construct(this, 'Alarms');
    this.node.addValidation({ validate: () => this.missingQueues() });
    props.queues?.forEach((queue) => this.addQueue(queue));
  }

  /** Reports on a queue too, with an alarm of its own. */
  addQueue(queue: batch.IJobQueue): void {
    if (this.queues.includes(queue)) return;
    this.queues.push(queue);
    const alarm = new cloudwatch.Alarm(this.alarmScope, Names.uniqueId(queue), {
      alarmDescription: `Jobs of the queue ${queueName(queue)} cannot start: a resource is short`,
      metric: this.metricShortJobs(queue),
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: ALARM_PERIODS,
      datapointsToAlarm: 1,
      // Nothing is written while nothing waits.
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
  }

  /** The alarms, one for each queue, in the order in which the queues were added. */
  get alarms(): cloudwatch.Alarm[] {
    return this.alarmScope.node.children.filter((child) => child instanceof cloudwatch.Alarm);
  }

  /**
   * A rule for events `Batch Capacity Shortage` of the report's queues, whose detail has `state` `BEGAN` or `ENDED`.
   *
   * @param id of the rule
   * @param options target and names; its pattern is added to
   */
  onShortage(id: string, options: events.OnEventOptions = {}): events.Rule {
    const { target, crossStackScope, ...rest } = options;
    const rule = new events.Rule(crossStackScope ?? this, id, rest);
    rule.addEventPattern({
      source: [EVENT_SOURCE],
      detailType: [SHORTAGE_EVENT],
      detail: { jobQueue: this.queueArns() },
    });
    rule.addTarget(target);
    return rule;
  }

  /** Jobs of a queue that wait in RUNNABLE, whether anything is short or not. */
  metricWaitingJobs(queue: batch.IJobQueue, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return lookMetric(this, METRICS.waitingJobs, { JobQueue: queueName(queue) }, options);
  }

  /** Jobs of a queue that cannot start because something has been short for two looks at least. */
  metricShortJobs(queue: batch.IJobQueue, options?: cloudwatch.MetricOptions): cloudwatch.Metric {
    return lookMetric(this, METRICS.shortJobs, { JobQueue: queueName(queue) }, options);
  }

  /** How much the jobs of a queue that wait in RUNNABLE ask for, of vCPUs, memory or GPUs, whether it is short or not. */
  metricDemand(
    queue: batch.IJobQueue,
    resource: CapacityResource,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    return lookMetric(this, METRICS.demand, { JobQueue: queueName(queue), Resource: resource.name }, options);
  }

  /**
   * How much the instances of a managed environment have while jobs wait in its queues; of Fargate, how many vCPUs there
   * may be. Of an unmanaged environment its `QueueDepthAutoscaler` has such metrics.
   */
  metricSupply(
    computeEnvironment: batch.IComputeEnvironment,
    resource: CapacityResource,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    const ComputeEnvironment = environmentName(this, computeEnvironment);
    return lookMetric(this, SUPPLY_METRICS.supply, { ComputeEnvironment, Resource: resource.name }, options);
  }

  /** How much of that jobs hold. */
  metricInUse(
    computeEnvironment: batch.IComputeEnvironment,
    resource: CapacityResource,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    const ComputeEnvironment = environmentName(this, computeEnvironment);
    return lookMetric(this, SUPPLY_METRICS.inUse, { ComputeEnvironment, Resource: resource.name }, options);
  }

  /** How much the jobs that cannot start ask for, of what is short. */
  metricRequested(
    queue: batch.IJobQueue,
    resource: CapacityResource,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    return lookMetric(this, METRICS.requested, { JobQueue: queueName(queue), Resource: resource.name }, options);
  }

  /** How much of that they could have now at best. */
  metricAvailable(
    queue: batch.IJobQueue,
    resource: CapacityResource,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    return lookMetric(this, METRICS.available, { JobQueue: queueName(queue), Resource: resource.name }, options);
  }

  /** How much is short: what is requested, less what is available. */
  metricShortBy(
    queue: batch.IJobQueue,
    resource: CapacityResource,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    return lookMetric(this, METRICS.shortBy, { JobQueue: queueName(queue), Resource: resource.name }, options);
  }

  /**
   * Instances that would let the jobs start, of a managed environment, or of one pool of an unmanaged environment.
   *
   * @param pool its name; the Auto Scaling group's name where this library did not make it. Nothing for a managed
   * environment.
   */
  metricMissingInstances(
    computeEnvironment: batch.IComputeEnvironment,
    pool?: string,
    options?: cloudwatch.MetricOptions,
  ): cloudwatch.Metric {
    const dimensions = {
      ComputeEnvironment: environmentName(this, computeEnvironment),
      ...(pool !== undefined && { Pool: pool }),
    };
    return lookMetric(this, METRICS.missingInstances, dimensions, options);
  }

  /** Widgets for a dashboard: of the alarms, and for each queue that has been added so far. */
  dashboardWidgets(): cloudwatch.IWidget[] {
    return shortageWidgets(
      this.alarms,
      this.queues.map((queue) => ({
        name: queueName(queue),
        waiting: this.metricWaitingJobs(queue, { label: 'waiting' }),
        short: this.metricShortJobs(queue, { label: 'cannot start' }),
      })),
    );
  }

  private queueArns(): string[] {
    return Lazy.list({ produce: () => this.queues.map(({ jobQueueArn }) => jobQueueArn) });
  }

  private missingQueues(): string[] {
    if (this.queues.length > 0) return [];
    const allowed = 'a list of at least one job queue';
    return [sentence({ property: 'queues', value: 'empty', allowed, advice: 'Add one with addQueue.' })];
  }

  private allow(role: iam.Role): void {
    const stack = Stack.of(this);
    const allow = (actions: string[], resources: string[]) =>
      role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
    role.addToPolicy(
      allowUnscoped(
        'autoscaling:DescribeAutoScalingGroups',
        'autoscaling:DescribeScalingActivities',
        'batch:DescribeComputeEnvironments',
        'batch:DescribeJobQueues',
        'batch:DescribeJobs',
        'batch:ListJobs',
        'ec2:DescribeInstanceTypes',
        'ec2:DescribeInstances',
        'ec2:DescribeLaunchTemplateVersions',
      ),
    );
    allow(['batch:GetJobQueueSnapshot'], this.queueArns());
    // Any job may ask for any of them.
    allow(
      ['batch:DescribeConsumableResource', 'batch:ListJobsByConsumableResource'],
      [stack.formatArn({ service: 'batch', resource: 'consumable-resource', resourceName: '*' })],
    );
    // Which clusters stand behind the environments of the queues is only known while it runs, and may change.
    allow(
      ['ecs:ListContainerInstances'],
      [stack.formatArn({ service: 'ecs', resource: 'cluster', resourceName: '*' })],
    );
    allow(
      ['ecs:DescribeContainerInstances'],
      [stack.formatArn({ service: 'ecs', resource: 'container-instance', resourceName: '*' })],
    );
    allow(['dynamodb:GetItem', 'dynamodb:UpdateItem'], [this.table.tableArn]);
    allowTableKey(role, this.table.encryptionKey);
    allowSending(role, this.deadLetterQueue);
    role.addToPolicy(allowPublishing(this));
  }
}
