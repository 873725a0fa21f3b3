import { Duration, Names, Stack, Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { SnapshotFanOutConfig, SucceededJob } from './config';
import { DATA_VOLUME_TAG, FAN_OUT_TAG, MOUNTS_TAG_PREFIX, NO_SNAPSHOT, SETTLE_SECONDS } from './config';
import type { EbsMount } from './ebs-mount';
import type { InstanceMount } from './instance-mount';
import { SnapshotMount } from './snapshot-mount';
import { encryptionKeyOf } from '../encryption/encryption';
import { allowSending } from '../encryption/key-rights';
import { queueTarget } from '../events/queue-target';
import { createDeadLetterAlarm, createDeadLetterQueue } from '../handler/dead-letters';
import { HandlerFunction } from '../handler/handler-function';
import { createMessageSource } from '../handler/message-source';
import type { IContainerJobDefinition } from '../jobs/job-definition-base';
import { allowUnscoped } from '../permissions/unscoped-actions';
import { checkWholeNumber, sentence, ValidationError } from '../validation/validation-error';

export interface SnapshotFanOutProps {
  /** The job that prepares the data. Its last command has to be `sync`: a snapshot holds what has reached the disk. */
  readonly job: IContainerJobDefinition;

  /** Where such jobs are submitted to, on capacity that has the data volume; at least one queue. */
  readonly queues: batch.IJobQueue[];

  /** The data volume, as the capacity has it among its `mounts`. */
  readonly volume: EbsMount;

  /**
   * How many snapshots are kept, the newest ones; from 1 to 100.
   *
   * @default 2
   */
  readonly keep?: number;
}

export interface SnapshotMountProps {
  /** Where instances have the volume; an absolute path. */
  readonly mountPoint: string;

  /**
   * The name under which it is attached: `/dev/sdb` to `/dev/sdz`, or `/dev/xvdb` to `/dev/xvdz`; no two of a capacity
   * have the same.
   *
   * @default '/dev/xvdf'
   */
  readonly deviceName?: string;
}

const DEFAULT_DEVICE = '/dev/xvdf';
const TICK = Duration.minutes(1);
const LONGEST_ID = 64;

/**
 * Multiplies what one job has prepared. When it succeeds, its data volume is snapshotted; once the snapshot is complete,
 * each instance that boots makes a volume of it, in its own zone, and mounts it. Launch templates stay as they are: the
 * snapshot's id is in a parameter. The volumes go with their instances, and old snapshots are deleted.
 *
 * An instance that boots while a snapshot is pending gets the one before, and waits some minutes for the first one; jobs
 * that need the newest are started by `onPublished`.
 */
export class SnapshotFanOut extends Construct {
  /** Holds the id of the newest complete snapshot, or `none`. */
  readonly parameter: ssm.StringParameter;
  readonly function: lambda.IFunction;
  /** Takes what the function has failed on; the next look makes up for it. */
  readonly deadLetterQueue: sqs.IQueue;
  /** Goes off when there is something in the dead-letter queue: no snapshot could be taken. Give it an action. */
  readonly deadLetterAlarm: cloudwatch.Alarm;
  private readonly volume: EbsMount;
  private readonly fanOutId: string;
  private readonly parameterName: string;

  constructor(scope: Construct, id: string, props: SnapshotFanOutProps) {
    super(scope, id);
    checkWholeNumber(this, 'keep', props.keep, { min: 1, max: 100 });
    if (props.queues.length === 0) {
      throw new ValidationError(this, { property: 'queues', value: 'empty', allowed: 'a list of at least one queue' });
    }
    this.volume = props.volume;
    this.fanOutId = fanOutId(this);
    this.parameterName = `/batch-foreman/fan-out/${this.fanOutId}`;
    this.parameter = new ssm.StringParameter(this, 'Parameter', {
      parameterName: this.parameterName,
      stringValue: NO_SNAPSHOT,
      description: 'The newest snapshot of the data that instances mount',
    });
    this.deadLetterQueue = createDeadLetterQueue(this);
    this.deadLetterAlarm = createDeadLetterAlarm(
      this,
      this.deadLetterQueue,
      'Looks of the snapshot fan-out have failed: the newest data may have no snapshot',
    );
    const config: SnapshotFanOutConfig = {
      fanOutId: this.fanOutId,
      jobDefinitionName: props.job.jobDefinitionName,
      queueArns: props.queues.map(({ jobQueueArn }) => jobQueueArn),
      deviceName: props.volume.deviceName,
      parameterName: this.parameterName,
      keep: props.keep ?? 2,
    };
    const handler = new HandlerFunction(this, 'Function', {
      asset: 'snapshot-fan-out',
      description: 'Snapshots the data volume of a job that has succeeded, and deletes old snapshots',
      timeout: TICK,
      memorySize: 256,
      environment: { CONFIG: Stack.of(this).toJsonString(config) },
      asynchronous: { retryAttempts: 0, onFailure: { bind: () => ({ destination: this.deadLetterQueue.queueArn }) } },
    });
    this.function = handler.function;
    this.allow(handler.role);
    this.wake(handler.function, props.job);
    this.node.addValidation({ validate: () => this.strangeKey() });
  }

  /** The newest data, on instances of a capacity: one of its `mounts`. */
  mount(props: SnapshotMountProps): InstanceMount {
    const { fanOutId, parameterName } = this;
    const encryptionKey = this.dataKey();
    const source = { fanOutId, parameterName, parameterArn: this.parameter.parameterArn, encryptionKey };
    return new SnapshotMount(source, props.mountPoint, props.deviceName ?? DEFAULT_DEVICE);
  }

  /**
   * A rule for each new snapshot that instances are told of: what needs the newest data starts then.
   *
   * @param id of the rule
   * @param options target and names
   */
  onPublished(id: string, options: events.OnEventOptions = {}): events.Rule {
    const { target, crossStackScope, ...rest } = options;
    const rule = new events.Rule(crossStackScope ?? this, id, rest);
    rule.addEventPattern({
      source: ['aws.ssm'],
      detailType: ['Parameter Store Change'],
      detail: { name: [this.parameterName], operation: ['Update'] },
    });
    rule.addTarget(target);
    return rule;
  }

  private dataKey(): kms.IKey | undefined {
    return this.volume.encryptionKey ?? encryptionKeyOf(this);
  }

  /** Instances could not make volumes of the snapshots. */
  private strangeKey(): string[] {
    const strange = this.volume._keys().filter((key) => key !== this.dataKey());
    if (strange.length === 0) return [];
    const value = `encrypted with ${strange[0]?.node.path ?? 'the account’s key'}`;
    const advice = 'Give the volume an `encryptionKey`, or use the same key of `Encryption` for both.';
    const allowed = 'one that is encrypted with the key that holds for the fan-out';
    return [sentence({ property: 'volume', value, allowed, advice })];
  }

  /** Jobs' ends make it quick, and a tick each minute makes it right. */
  private wake(handler: lambda.Function, job: IContainerJobDefinition): void {
    const { deadLetterQueue } = this;
    const messages = createMessageSource(this, {
      function: handler,
      deadLetterQueue,
      batchSize: 10,
      batchingWindow: Duration.seconds(0),
      maxConcurrency: 2,
      deliveryDelay: Duration.seconds(SETTLE_SECONDS),
    });
    const message: SucceededJob = { jobId: events.EventField.fromPath('$.detail.jobId') };
    job.onSuccess('FanOut', {
      target: queueTarget(messages, { message: events.RuleTargetInput.fromObject(message) }),
      crossStackScope: this,
    });
    new events.Rule(this, 'Tick', {
      description: 'Looks at jobs, snapshots and volumes each minute',
      schedule: events.Schedule.rate(TICK),
      // A tick that could not be delivered is made up for by the next.
      targets: [new targets.LambdaFunction(handler, { retryAttempts: 0, maxEventAge: TICK })],
    });
  }

  private allow(role: iam.Role): void {
    const stack = Stack.of(this);
    const all = (resource: string, account?: string) =>
      stack.formatArn({ service: 'ec2', account, resource, resourceName: '*' });
    const allow = (action: string, resources: string[], tags?: Record<string, string>) =>
      role.addToPolicy(
        new iam.PolicyStatement({ actions: [action], resources, conditions: tags && { StringEquals: tags } }),
      );
    const ours = { [`aws:ResourceTag/${FAN_OUT_TAG}`]: this.fanOutId };
    const tagged = { [`aws:RequestTag/${FAN_OUT_TAG}`]: this.fanOutId };
    role.addToPolicy(
      allowUnscoped('batch:DescribeJobs', 'batch:ListJobs', 'ec2:DescribeSnapshots', 'ec2:DescribeVolumes'),
    );
    const instances = stack.formatArn({ service: 'ecs', resource: 'container-instance', resourceName: '*' });
    allow('ecs:DescribeContainerInstances', [instances]);
    allow('ec2:CreateSnapshot', [all('volume')], { [`aws:ResourceTag/${DATA_VOLUME_TAG}`]: 'true' });
    allow('ec2:CreateSnapshot', [all('snapshot', '')], tagged);
    allow('ec2:CreateTags', [all('snapshot', '')], { ...tagged, 'ec2:CreateAction': 'CreateSnapshot' });
    allow('ec2:DeleteSnapshot', [all('snapshot', '')], ours);
    allow('ec2:DeleteVolume', [all('volume')], ours);
    allow('ec2:ModifyInstanceAttribute', [all('instance')], {
      [`aws:ResourceTag/${MOUNTS_TAG_PREFIX}${this.fanOutId}`]: 'true',
    });
    role.addToPolicy(
      new iam.PolicyStatement({
        actions: ['ssm:GetParameter', 'ssm:PutParameter'],
        resources: [this.parameter.parameterArn],
      }),
    );
    allowSending(role, this.deadLetterQueue);
  }
}

/** Known at synth, so that user data and policies of other stacks refer to nothing here; unique in the account. */
function fanOutId(scope: Construct): string {
  const { stackName } = Stack.of(scope);
  const name = Names.uniqueResourceName(scope, { maxLength: LONGEST_ID, separator: '-' });
  return Token.isUnresolved(stackName) || name.startsWith(stackName) ? name : `${stackName}-${name}`.slice(-LONGEST_ID);
}
