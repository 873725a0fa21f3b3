import type { Activity as Description } from '@aws-sdk/client-auto-scaling';
import { placementDetails } from './placement';
import type { Placement } from './placement';

/** Scaling activities are kept for six weeks. */
const KEPT_MILLISECONDS = 42 * 86_400_000;

/** One scaling activity. Times are milliseconds since the epoch. */
export interface Activity {
  /** Counts down, so that the newest comes first. */
  readonly ordinal: number;
  readonly id: string;
  readonly groupName: string;
  readonly groupArn: string;
  readonly cause: string;
  readonly startedAt: number;
  readonly placement?: Placement;
  description: string;
  endedAt?: number;
  status: 'InProgress' | 'Successful' | 'Failed' | 'Cancelled';
  statusMessage?: string;
}

/** The activities of one group. */
export class ActivityLog {
  /** Oldest first. */
  private readonly entries: Activity[] = [];
  private readonly inProgress = new Set<Activity>();

  constructor(
    private readonly groupName: string,
    private readonly groupArn: string,
    private readonly now: () => number,
    private readonly next: () => { id: string; ordinal: number },
  ) {}

  begin(description: string, cause: string, placement?: Placement): Activity {
    const { id, ordinal } = this.next();
    const { groupName, groupArn } = this;
    const startedAt = this.now();
    const activity: Activity = {
      ordinal,
      id,
      groupName,
      groupArn,
      cause,
      startedAt,
      placement,
      description,
      status: 'InProgress',
    };
    this.entries.push(activity);
    this.inProgress.add(activity);
    return activity;
  }

  end(activity: Activity, status: Exclude<Activity['status'], 'InProgress'>, message?: string): void {
    activity.endedAt = this.now();
    activity.status = status;
    activity.statusMessage = message;
    this.inProgress.delete(activity);
  }

  /** One that is over as soon as it is known. */
  record(
    status: Exclude<Activity['status'], 'InProgress'>,
    description: string,
    cause: string,
    message?: string,
    placement?: Placement,
  ): Activity {
    const activity = this.begin(description, cause, placement);
    this.end(activity, status, message);
    return activity;
  }

  /** The activity in progress that began first. */
  running(): Activity | undefined {
    return this.inProgress.values().next().value;
  }

  /** When the last activity ended. */
  lastEnd(): number | undefined {
    return this.entries[this.entries.length - 1]?.endedAt;
  }

  /** Those of the last six weeks, the newest first. */
  recent(): Activity[] {
    const since = this.now() - KEPT_MILLISECONDS;
    const first = this.entries.findIndex(({ startedAt }) => startedAt >= since);
    return first === -1 ? [] : this.entries.slice(first).reverse();
  }
}

export function describedActivity(activity: Activity, groupDeleted: boolean): Description {
  return {
    ActivityId: activity.id,
    AutoScalingGroupName: activity.groupName,
    AutoScalingGroupARN: activity.groupArn,
    AutoScalingGroupState: groupDeleted ? 'Deleted' : undefined,
    Description: activity.description,
    Cause: activity.cause,
    StartTime: new Date(activity.startedAt),
    EndTime: activity.endedAt === undefined ? undefined : new Date(activity.endedAt),
    StatusCode: activity.status,
    StatusMessage: activity.statusMessage,
    Progress: activity.status === 'InProgress' ? 50 : 100,
    Details: activity.placement && JSON.stringify(placementDetails(activity.placement)),
  };
}

/** As the sentences of causes write a time. */
export function sentenceTime(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}
