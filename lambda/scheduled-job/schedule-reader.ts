import {
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  ListSchedulesCommand,
  type SchedulerClient,
} from '@aws-sdk/client-scheduler';
import type { ScheduleMessage } from '../../lib/schedule/config';
import type { Schedule } from './model';

/** The schedules of one group, as EventBridge Scheduler tells them. */
export class ScheduleReader {
  constructor(
    private readonly scheduler: SchedulerClient,
    readonly groupName: string,
  ) {}

  /** @returns undefined when there is no such schedule */
  async get(name: string): Promise<Schedule | undefined> {
    try {
      return scheduleOf(await this.scheduler.send(new GetScheduleCommand({ GroupName: this.groupName, Name: name })));
    } catch (error) {
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  /** When each schedule was changed last, by its name. */
  async changes(): Promise<Map<string, number>> {
    const changes = new Map<string, number>();
    let NextToken: string | undefined;
    do {
      const page = await this.scheduler.send(new ListSchedulesCommand({ GroupName: this.groupName, NextToken }));
      for (const { Name, LastModificationDate } of page.Schedules ?? []) {
        changes.set(Name!, LastModificationDate!.getTime());
      }
      NextToken = page.NextToken;
    } while (NextToken);
    return changes;
  }
}

function scheduleOf(answer: GetScheduleCommandOutput): Schedule {
  const { config } = JSON.parse(answer.Target!.Input!) as ScheduleMessage;
  return {
    name: answer.Name!,
    expression: answer.ScheduleExpression!,
    timeZone: answer.ScheduleExpressionTimezone ?? 'UTC',
    ...(answer.StartDate && { startAt: answer.StartDate.getTime() }),
    ...(answer.EndDate && { endAt: answer.EndDate.getTime() }),
    windowSeconds: (answer.FlexibleTimeWindow?.MaximumWindowInMinutes ?? 0) * 60,
    enabled: answer.State !== 'DISABLED',
    createdAt: answer.CreationDate!.getTime(),
    modifiedAt: answer.LastModificationDate!.getTime(),
    config,
  };
}
