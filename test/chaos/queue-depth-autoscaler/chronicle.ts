import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ListTablesCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { JobReport } from '../../../local/batch/jobs/job-report';
import type { InstanceHistory } from '../../../local/ecs/instance-history';
import type { Environment } from '../../stack/queue-depth-autoscaler/environment';
import { calmAt, type History } from './history';
import type { Interval } from './intervals';
import { prospectsOf } from './prospects';

/** What came of a history. Times are seconds from the deployment. */
export interface Chronicle {
  readonly endedAt: number;
  readonly jobs: readonly JobChronicle[];
  readonly instances: readonly InstanceChronicle[];
}

/** One job, or one child of an array. */
export interface JobChronicle {
  readonly id: string;
  /** Its place in the history. */
  readonly plan: number;
  readonly status: string;
  /** When it was RUNNABLE. */
  readonly waiting: readonly Interval[];
}

export interface InstanceChronicle {
  readonly id: string;
  /** The pool's place in the history. */
  readonly pool: number;
  /** From its launch until it was told to go. */
  readonly life: Interval;
  readonly registeredAt?: number;
  /** When it was registered and had no task. */
  readonly idle: readonly Interval[];
  /** When its agent was without connection for the last time, as far as a history does that. */
  readonly gone: boolean;
  readonly reclaimed: boolean;
  readonly killed: readonly string[];
}

/** How often the jobs are looked at. */
export const LOOK_SECONDS = 5;

/** Writes down what happens while it happens, as far as nobody can tell afterwards. */
export class Chronicler {
  private readonly start: number;
  private readonly waiting = new Map<string, Interval[]>();
  private readonly idle = new Map<string, Map<number, number>>();
  private readonly mustEnd: ReadonlySet<number>;

  constructor(
    private readonly history: History,
    private readonly environment: Environment,
    private readonly groups: readonly string[],
    private readonly ids: ReadonlyMap<number, string>,
  ) {
    this.start = environment.aws.clock.now();
    this.mustEnd = new Set(prospectsOf(history).flatMap((prospect, index) => (prospect === 'starts' ? index : [])));
    this.look();
  }

  /** Whether nothing more is to be expected. */
  isOver(): boolean {
    if (this.now() < calmAt(this.history) || this.hasInstancesToRemove()) return false;
    const plans = this.plans();
    return this.pieces().every((job) => hasEnded(job) || !this.mustEnd.has(plans.get(parentId(job.id))!));
  }

  chronicle(): Chronicle {
    const plans = this.plans();
    return {
      endedAt: this.now(),
      jobs: this.pieces().map(({ id, status }) => ({
        id,
        plan: plans.get(parentId(id))!,
        status,
        waiting: this.waiting.get(id) ?? [],
      })),
      instances: this.environment.instances().map((instance) => ({
        id: instance.instanceId,
        pool: this.poolOf(instance),
        life: { from: this.seconds(instance.launchedAt), to: this.endOf(instance) },
        registeredAt: instance.registeredAt === undefined ? undefined : this.seconds(instance.registeredAt),
        idle: [...(this.idle.get(instance.instanceId) ?? [])].map(([from, to]) => ({ from, to })),
        gone: instance.shuttingDownAt !== undefined,
        reclaimed: instance.terminationCause === 'spot-reclaim',
        killed: instance.killed,
      })),
    };
  }

  private hasInstancesToRemove(): boolean {
    const left = this.environment.left();
    return this.history.pools.some(
      ({ spareInstances }, pool) => left.filter((instance) => this.poolOf(instance) === pool).length > spareInstances,
    );
  }

  private poolOf({ requester }: InstanceHistory): number {
    return this.groups.indexOf(requester.replace('autoscaling:', ''));
  }

  private look(): void {
    const now = this.now();
    for (const { id, status, runnableAt } of this.pieces()) {
      const intervals = this.waiting.get(id) ?? [];
      const last = intervals.at(-1);
      if (status !== 'RUNNABLE') {
        const from = runnableAt === undefined ? -Infinity : this.seconds(runnableAt);
        // It has come and gone between two looks.
        if (from >= now - LOOK_SECONDS) intervals.push({ from, to: now });
      } else if (last?.to === now) intervals[intervals.length - 1] = { from: last.from, to: now + LOOK_SECONDS };
      else intervals.push({ from: now, to: now + LOOK_SECONDS });
      this.waiting.set(id, intervals);
    }
    for (const { instanceId, idleSince } of this.environment.left()) {
      if (idleSince === undefined) continue;
      const intervals = this.idle.get(instanceId) ?? new Map<number, number>();
      intervals.set(this.seconds(idleSince), now + LOOK_SECONDS);
      this.idle.set(instanceId, intervals);
    }
    this.environment.aws.clock.after(LOOK_SECONDS * 1000, () => this.look());
  }

  /** Jobs and children of arrays; what is submitted is never waited for as an array itself. */
  private pieces(): JobReport[] {
    return this.environment.jobs().filter(({ arraySize }) => arraySize === undefined);
  }

  private plans(): Map<string, number> {
    return new Map([...this.ids].map(([plan, id]) => [id, plan]));
  }

  private endOf({ shuttingDownAt }: InstanceHistory): number {
    return shuttingDownAt === undefined ? this.now() : this.seconds(shuttingDownAt);
  }

  private now(): number {
    return this.seconds(this.environment.aws.clock.now());
  }

  private seconds(time: number): number {
    return (time - this.start) / 1000;
  }
}

function hasEnded({ status }: JobReport): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

function parentId(jobId: string): string {
  return jobId.split(':')[0]!;
}

/** What is left when all is over. */
export interface Aftermath {
  /** How many instances each group wants, by its name. */
  readonly desired: Readonly<Record<string, number>>;
  readonly deadLetters: number;
  readonly deadLetterAlarm: string;
  /** Messages that wake the autoscaler and were not taken out. */
  readonly triggers: number;
  readonly leaseHeld: boolean;
}

export async function aftermathOf(environment: Environment): Promise<Aftermath> {
  const { aws } = environment;
  const sqs = aws.client(SQSClient);
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const messagesIn = async (name: string): Promise<number> => {
    const { Attributes = {} } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: QueueUrls.find((url) => url.includes(name)),
        AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
      }),
    );
    return Object.values(Attributes).reduce((sum, count) => sum + Number(count), 0);
  };
  const dynamo = aws.client(DynamoDBClient);
  const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
  const { Items = [] } = await dynamo.send(new ScanCommand({ TableName: TableNames[0] }));
  const { MetricAlarms = [] } = await aws.client(CloudWatchClient).send(new DescribeAlarmsCommand({}));
  return {
    desired: Object.fromEntries((await environment.groups()).map(({ name, desired }) => [name, desired])),
    deadLetters: await messagesIn('DeadLetters'),
    deadLetterAlarm: MetricAlarms[0]!.StateValue!,
    triggers: await messagesIn('TriggersQueue'),
    leaseHeld: Items.some(({ leaseUntil }) => Number(leaseUntil?.N ?? 0) > aws.clock.now()),
  };
}
