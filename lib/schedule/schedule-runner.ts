import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import * as scheduler from 'aws-cdk-lib/aws-scheduler';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { ScheduledJobsConfig } from './config';
import type { RunTarget } from './run-target';
import { encryptionKeyOf } from '../encryption/encryption';
import { allowPayloads, allowSending } from '../encryption/key-rights';
import { createDeadLetterAlarm, createDeadLetterQueue } from '../handler/dead-letters';
import { HandlerFunction } from '../handler/handler-function';
import { createMessageSource } from '../handler/message-source';
import { DUE } from '../ledger/config';
import type { IJobLedger } from '../ledger/ledger';
import { JobLedger } from '../ledger/job-ledger';
import { allowLedger } from '../ledger/permissions';
import { allowPublishing } from '../permissions/publishing';
import { allowUnscoped } from '../permissions/unscoped-actions';
import { ValidationError } from '../validation/validation-error';

/** A batch of messages, or a sweep, that takes longer is cut off; the next sweep goes on. */
const FUNCTION_TIMEOUT = Duration.seconds(50);
const SWEEP_EVERY = Duration.minutes(1);
const BATCH_SIZE = 50;
/** Long enough that schedules of the same minute come together, short enough that nobody waits for it. */
const BATCHING_WINDOW = Duration.seconds(1);
/** AWS Batch takes 50 submissions a second in an account and Region. */
const MAX_CONCURRENCY = 5;
/** How long it is known which times have run, for a backfill. */
const RETENTION_DAYS = 90;

/** What the schedules and triggers of a stack share: one function, its queue, and one schedule group. */
export class ScheduleRunner extends Construct {
  /**
   * The runner of a stack for a ledger, made when it is first asked for.
   *
   * @param ledger one of the stack's own when absent
   */
  static of(scope: Construct, ledger: IJobLedger | undefined): ScheduleRunner {
    const stack = Stack.of(scope);
    const id = ledger === undefined ? 'ScheduledJobs' : `ScheduledJobs-${ledger.node.addr.slice(-8)}`;
    return (stack.node.tryFindChild(id) as ScheduleRunner | undefined) ?? new ScheduleRunner(stack, id, ledger);
  }

  readonly function: lambda.Function;
  readonly group: scheduler.ScheduleGroup;
  /** What EventBridge Scheduler sends messages as. */
  readonly schedulerRole: iam.Role;
  /** Takes what is due, and events of triggers. */
  readonly messages: sqs.Queue;
  readonly deadLetterQueue: sqs.Queue;
  readonly deadLetterAlarm: cloudwatch.Alarm;
  readonly ledger: IJobLedger;
  /** Of the payloads of schedules, too. */
  readonly encryptionKey?: kms.IKey;
  private readonly role: iam.Role;

  private constructor(scope: Construct, id: string, ledger: IJobLedger | undefined) {
    super(scope, id);
    this.encryptionKey = encryptionKeyOf(this);
    this.ledger = ledger ?? new JobLedger(this, 'Ledger');
    this.group = new scheduler.ScheduleGroup(this, 'Group');
    this.deadLetterQueue = createDeadLetterQueue(this);
    this.deadLetterAlarm = createDeadLetterAlarm(
      this,
      this.deadLetterQueue,
      'Runs of schedules or triggers could not be started; they are in the dead-letter queue, and are tried again when moved back',
    );
    const config: ScheduledJobsConfig = {
      tableName: this.ledger.tableName,
      groupName: this.group.scheduleGroupName,
      deadLetterQueueUrl: this.deadLetterQueue.queueUrl,
      retentionDays: RETENTION_DAYS,
    };
    const handler = new HandlerFunction(this, 'Function', {
      asset: 'scheduled-job',
      description: 'Starts jobs at the times of schedules and when events arrive',
      timeout: FUNCTION_TIMEOUT,
      memorySize: 512,
      environment: { CONFIG: Lazy.string({ produce: () => Stack.of(this).toJsonString(config) }) },
      // A sweep that failed is made up for by the next; its event is kept for whoever wants to know.
      asynchronous: { retryAttempts: 0, onFailure: { bind: () => ({ destination: this.deadLetterQueue.queueArn }) } },
    });
    this.function = handler.function;
    this.role = handler.role;
    this.messages = createMessageSource(this, {
      function: handler.function,
      deadLetterQueue: this.deadLetterQueue,
      batchSize: BATCH_SIZE,
      batchingWindow: BATCHING_WINDOW,
      maxConcurrency: MAX_CONCURRENCY,
    });
    this.schedulerRole = this.createSchedulerRole();
    this.allow();
    new events.Rule(this, 'Sweep', {
      description: 'Looks each minute for what is due and for schedules that were changed',
      schedule: events.Schedule.rate(SWEEP_EVERY),
      targets: [
        // One that could not be delivered is made up for by the next.
        new targets.LambdaFunction(handler.function, {
          event: events.RuleTargetInput.fromObject({ sweep: true }),
          retryAttempts: 0,
          maxEventAge: SWEEP_EVERY,
        }),
      ],
    });
  }

  /** Lets the function run a target. */
  serve(target: RunTarget, rights: { readonly observe: boolean; readonly stop: boolean }): void {
    for (const queue of target.queues) this.ledger.addQueue(queue);
    target.grantStart(this.role);
    if (rights.observe) target.grantObserve(this.role);
    if (rights.stop) target.grantStop(this.role);
  }

  /**
   * Refuses what is not encrypted with the key of its scope, since all share what is here.
   *
   * @throws ValidationError
   */
  checkKey(scope: Construct): void {
    const key = encryptionKeyOf(scope);
    if (key === this.encryptionKey) return;
    throw new ValidationError(scope, {
      property: 'the key of Encryption',
      value: key?.node.path,
      allowed: `that of ${Stack.of(this).node.path}, whose schedules and triggers share a function and its queues`,
      advice: 'Call Encryption.of(stack).useKey(key) before the first of them is made.',
    });
  }

  private schedules(): string {
    return Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule',
      resourceName: `${this.group.scheduleGroupName}/*`,
    });
  }

  private createSchedulerRole(): iam.Role {
    const role = new iam.Role(this, 'SchedulerRole', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    });
    allowSending(role, this.messages, this.deadLetterQueue);
    allowPayloads(role, this.encryptionKey, this.schedules());
    return role;
  }

  private allow(): void {
    const allow = (actions: string[], resources: string[]): void =>
      void this.role.addToPolicy(new iam.PolicyStatement({ actions, resources }));
    allowLedger(this.role, this.ledger, ['dynamodb:BatchGetItem', 'dynamodb:UpdateItem'], [DUE]);
    allowSending(this.role, this.deadLetterQueue);
    allow(['scheduler:GetSchedule'], [this.schedules()]);
    // That GetSchedule shows the payload to its caller only is not documented, and neither is the contrary.
    allowPayloads(this.role, this.encryptionKey, this.schedules());
    this.role.addToPolicy(allowUnscoped('scheduler:ListSchedules'));
    this.role.addToPolicy(allowPublishing(this));
  }
}
