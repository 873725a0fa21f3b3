import * as scheduler from '@aws-sdk/client-scheduler';
import { DEFAULT_DELIVERY_POLICY, RetryingDelivery } from '../delivery/retrying-delivery';
import type { ApiCaller, DelegatedCalls, EventFaults, MessageSender } from '../ports';
import type { Activities } from '../simulation/activities';
import type { Timer } from '../simulation/clock';
import type { Service } from '../wire/service';
import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';
import { defineSchedule, dueFrom, nextDue } from './schedule';
import type { ScheduleDefinition } from './schedule';
import { isoSeconds, targetCall } from './target-call';

export interface SchedulerPorts {
  readonly api: ApiCaller;
  /** Takes dead letters. */
  readonly queues: MessageSender;
  readonly activities: Activities;
  readonly faults: EventFaults;
  readonly delegated?: DelegatedCalls;
}

/** One schedule, for who looks at the local AWS from outside. */
export interface ScheduleReport {
  readonly name: string;
  readonly group: string;
  readonly expression: string;
  readonly timezone: string;
  readonly state: 'ENABLED' | 'DISABLED';
  /** ISO 8601; absent when it will not be invoked again. */
  readonly nextInvocation?: string;
}

interface StoredSchedule {
  readonly name: string;
  readonly group: string;
  readonly arn: string;
  readonly createdAt: number;
  modifiedAt: number;
  definition: ScheduleDefinition;
  nextDue?: number;
  timer?: Timer;
}

interface ScheduleGroup {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly tags: Record<string, string>;
}

/** Amazon EventBridge Scheduler. */
export class SchedulerService {
  readonly api: Service;
  private readonly groups = new Map<string, ScheduleGroup>();
  /** By `group/name`. */
  private readonly schedules = new Map<string, StoredSchedule>();
  private readonly deliveries: RetryingDelivery;
  private readonly random;

  constructor(
    private readonly world: World,
    private readonly ports: SchedulerPorts,
  ) {
    this.random = world.random.fork();
    this.deliveries = new RetryingDelivery(world.clock, this.random.fork(), ports.queues);
    this.addGroup('default');
    this.api = {
      signingName: 'scheduler',
      protocol: 'restJson1',
      sdk: scheduler,
      operations: { ...this.scheduleOperations(), ...this.groupOperations() },
    };
  }

  report(): ScheduleReport[] {
    return [...this.schedules.values()].map(({ name, group, definition, nextDue: due }) => ({
      name,
      group,
      expression: definition.expression,
      timezone: definition.timezone,
      state: definition.enabled ? 'ENABLED' : 'DISABLED',
      ...(due !== undefined && { nextInvocation: new Date(due).toISOString() }),
    }));
  }

  private scheduleOperations(): Service['operations'] {
    return {
      CreateSchedule: (input: scheduler.CreateScheduleInput): scheduler.CreateScheduleOutput => {
        const { name: group } = this.group(input.GroupName);
        const key = `${group}/${input.Name}`;
        if (this.schedules.has(key)) throw conflict(`Schedule ${input.Name} already exists.`);
        const now = this.world.clock.now();
        const stored: StoredSchedule = {
          name: input.Name!,
          group,
          arn: arn(this.world, 'scheduler', `schedule/${key}`),
          createdAt: now,
          modifiedAt: now,
          definition: defineSchedule(input, now),
        };
        this.schedules.set(key, stored);
        this.arm(stored, dueFrom(stored.definition, now));
        return { ScheduleArn: stored.arn };
      },
      UpdateSchedule: (input: scheduler.UpdateScheduleInput): scheduler.UpdateScheduleOutput => {
        const stored = this.schedule(input);
        const now = this.world.clock.now();
        const same = stored.definition.expression === input.ScheduleExpression;
        stored.definition = defineSchedule(input, same ? stored.createdAt : now);
        stored.modifiedAt = now;
        this.arm(stored, dueFrom(stored.definition, now));
        return { ScheduleArn: stored.arn };
      },
      GetSchedule: (input: scheduler.GetScheduleInput) => describe(this.schedule(input)),
      DeleteSchedule: (input: scheduler.DeleteScheduleInput) => this.remove(this.schedule(input)),
      ListSchedules: (input: scheduler.ListSchedulesInput): scheduler.ListSchedulesOutput => {
        const { GroupName, NamePrefix = '', State, MaxResults = 100, NextToken } = input;
        const found = [...this.schedules.values()].filter(
          (stored) =>
            (GroupName === undefined || stored.group === GroupName) &&
            stored.name.startsWith(NamePrefix) &&
            (State === undefined || stateOf(stored.definition) === State),
        );
        const { items, next } = page(found, ({ group, name }) => `${group}/${name}`, MaxResults, NextToken);
        return { Schedules: items.map(summarize), NextToken: next };
      },
    };
  }

  private groupOperations(): Service['operations'] {
    const described = ({ name, arn: Arn, createdAt }: ScheduleGroup): scheduler.ScheduleGroupSummary => ({
      Name: name,
      Arn,
      State: 'ACTIVE',
      CreationDate: new Date(createdAt),
      LastModificationDate: new Date(createdAt),
    });
    return {
      CreateScheduleGroup: ({ Name = '', Tags = [] }: scheduler.CreateScheduleGroupInput) => {
        if (this.groups.has(Name)) throw conflict(`Schedule group ${Name} already exists.`);
        const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key!, Value!]));
        return { ScheduleGroupArn: this.addGroup(Name, tags).arn };
      },
      GetScheduleGroup: ({ Name }: scheduler.GetScheduleGroupInput) => described(this.group(Name)),
      DeleteScheduleGroup: ({ Name }: scheduler.DeleteScheduleGroupInput) => {
        if (Name === 'default') throw invalid('The default schedule group cannot be deleted.');
        const { name } = this.group(Name);
        for (const stored of [...this.schedules.values()]) if (stored.group === name) this.remove(stored);
        this.groups.delete(name);
      },
      ListScheduleGroups: (input: scheduler.ListScheduleGroupsInput): scheduler.ListScheduleGroupsOutput => {
        const { NamePrefix = '', MaxResults = 100, NextToken } = input;
        const found = [...this.groups.values()].filter(({ name }) => name.startsWith(NamePrefix));
        const { items, next } = page(found, ({ name }) => name, MaxResults, NextToken);
        return { ScheduleGroups: items.map(described), NextToken: next };
      },
      TagResource: ({ ResourceArn, Tags = [] }: scheduler.TagResourceInput) => {
        const { tags } = this.groupByArn(ResourceArn);
        for (const { Key, Value } of Tags) tags[Key!] = Value!;
      },
      UntagResource: ({ ResourceArn, TagKeys = [] }: scheduler.UntagResourceInput) => {
        for (const key of TagKeys) delete this.groupByArn(ResourceArn).tags[key];
      },
      ListTagsForResource: ({ ResourceArn }: scheduler.ListTagsForResourceInput) => ({
        Tags: Object.entries(this.groupByArn(ResourceArn).tags).map(([Key, Value]) => ({ Key, Value })),
      }),
    };
  }

  private addGroup(name: string, tags: Record<string, string> = {}): ScheduleGroup {
    const groupArn = arn(this.world, 'scheduler', `schedule-group/${name}`);
    const group = { name, arn: groupArn, createdAt: this.world.clock.now(), tags };
    this.groups.set(name, group);
    return group;
  }

  private group(name = 'default'): ScheduleGroup {
    const group = this.groups.get(name);
    if (group === undefined) throw notFound(`Schedule group ${name} does not exist.`);
    return group;
  }

  private groupByArn(groupArn: string | undefined): ScheduleGroup {
    return this.group(groupArn?.split('schedule-group/')[1] ?? '');
  }

  private schedule({ Name, GroupName = 'default' }: { Name: string | undefined; GroupName?: string }): StoredSchedule {
    const stored = this.schedules.get(`${GroupName}/${Name}`);
    if (stored === undefined) throw notFound(`Schedule ${Name} does not exist.`);
    return stored;
  }

  private remove(stored: StoredSchedule): void {
    stored.timer?.cancel();
    this.schedules.delete(`${stored.group}/${stored.name}`);
  }

  /** Sets the one timer of a schedule: for the first time it is due at or after `from`. */
  private arm(stored: StoredSchedule, from: number): void {
    const { definition } = stored;
    stored.timer?.cancel();
    stored.nextDue = definition.enabled ? nextDue(definition, from) : undefined;
    const due = stored.nextDue;
    if (due === undefined) return;
    stored.timer = this.world.clock.at(due, () => {
      this.start(stored, due);
      this.arm(stored, due + 1);
      if (stored.nextDue === undefined && definition.deleteAfterCompletion) this.remove(stored);
    });
  }

  private start({ definition, arn: scheduleArn }: StoredSchedule, scheduledTime: number): void {
    const { clock, settings } = this.world;
    const window = definition.flexibleMinutes * 60_000 + settings.scheduleLatenessSeconds * 1000;
    for (const lateness of this.ports.faults.deliveries('Scheduled Event')) {
      const delay = lateness + (window > 0 ? this.random.integer(window) : 0);
      clock.after(delay, () => this.invoke(definition, scheduleArn, scheduledTime));
    }
  }

  private invoke(
    { target, input: { KmsKeyArn } }: ScheduleDefinition,
    scheduleArn: string,
    scheduledTime: number,
  ): void {
    const { RetryPolicy, DeadLetterConfig, RoleArn, Input } = target;
    const executionId = this.random.uuid();
    let attemptNumber = 0;
    void this.deliveries.deliver({
      policy: {
        maximumRetryAttempts: RetryPolicy?.MaximumRetryAttempts ?? DEFAULT_DELIVERY_POLICY.maximumRetryAttempts,
        maximumEventAgeSeconds: RetryPolicy?.MaximumEventAgeInSeconds ?? DEFAULT_DELIVERY_POLICY.maximumEventAgeSeconds,
        deadLetterArn: DeadLetterConfig?.Arn,
      },
      attempt: async () => {
        const context = { scheduleArn, scheduledTime, executionId, attemptNumber: ++attemptNumber };
        const activity = this.ports.activities.begin(scheduleArn);
        if (KmsKeyArn) this.noteDecryption(RoleArn!, KmsKeyArn, scheduleArn);
        try {
          const { service, operation, input } = targetCall(target, context, this.ports.api);
          await activity.awaiting(this.ports.api.call({ principalArn: RoleArn! }, service, operation, input));
        } finally {
          activity.end();
        }
      },
      onFailure: () => {
        const QueueArn = DeadLetterConfig?.Arn;
        if (QueueArn) this.ports.delegated?.note(RoleArn!, 'sqs', 'SendMessage', { QueueArn });
      },
      body: Input ?? '{}',
      attributes: {
        SCHEDULE_ARN: scheduleArn,
        TARGET_ARN: target.Arn!,
        SCHEDULED_TIME: isoSeconds(scheduledTime),
        EXECUTION_ID: executionId,
      },
    });
  }

  /**
   * The payload is read with the rights of the role.
   * @see https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
   */
  private noteDecryption(roleArn: string, KeyId: string, scheduleArn: string): void {
    const EncryptionContext = { 'aws:scheduler:schedule:arn': scheduleArn };
    this.ports.delegated?.note(roleArn, 'kms', 'Decrypt', { KeyId, EncryptionContext });
  }
}

function describe({
  name,
  group,
  arn: Arn,
  definition,
  createdAt,
  modifiedAt,
}: StoredSchedule): scheduler.GetScheduleOutput {
  const { ClientToken: _, ...input } = definition.input;
  return {
    ...input,
    Name: name,
    GroupName: group,
    Arn,
    State: stateOf(definition),
    ScheduleExpressionTimezone: definition.timezone,
    ActionAfterCompletion: definition.deleteAfterCompletion ? 'DELETE' : 'NONE',
    CreationDate: new Date(createdAt),
    LastModificationDate: new Date(modifiedAt),
  };
}

function summarize({
  name,
  group,
  arn: Arn,
  definition,
  createdAt,
  modifiedAt,
}: StoredSchedule): scheduler.ScheduleSummary {
  return {
    Name: name,
    GroupName: group,
    Arn,
    State: stateOf(definition),
    Target: { Arn: definition.target.Arn },
    CreationDate: new Date(createdAt),
    LastModificationDate: new Date(modifiedAt),
  };
}

function stateOf({ enabled }: ScheduleDefinition): 'ENABLED' | 'DISABLED' {
  return enabled ? 'ENABLED' : 'DISABLED';
}

/** A page, in order of keys, that begins after the key which is the token. */
function page<T>(
  items: readonly T[],
  key: (item: T) => string,
  limit: number,
  token = '',
): { items: T[]; next?: string } {
  const rest = items.filter((item) => key(item) > token).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  const selected = rest.slice(0, limit);
  return { items: selected, next: rest.length > limit ? key(selected.at(-1)!) : undefined };
}

function notFound(message: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', message, 404);
}

function conflict(message: string): ServiceError {
  return new ServiceError('ConflictException', message, 409);
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
