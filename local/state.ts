import type { JobReport } from './batch/jobs/job-report';
import type { MetricReport } from './cloud-watch/cloud-watch-service';
import type { InstanceHistory } from './ecs/instance-history';
import type { BusEvent } from './event-bridge/event';
import type { ScheduleReport } from './scheduler/scheduler-service';

/** What `GET /_local/state` shows. Times are milliseconds since the epoch where not said otherwise. */
export interface LocalState {
  /** ISO 8601, UTC. */
  readonly now: string;
  /** Every job that Batch still keeps, children of arrays after their parent. */
  readonly jobs: readonly JobReport[];
  /** Every instance that was ever launched, in order. */
  readonly instances: readonly InstanceHistory[];
  /** Every schedule of EventBridge Scheduler, and when it is next due. */
  readonly schedules: readonly ScheduleReport[];
  /** The newest events of all buses, oldest first. */
  readonly events: readonly BusEvent[];
  /** Every metric that has a value, with what is known of it over its whole time. */
  readonly metrics: readonly MetricReport[];
  /** How often each operation was called, by service and operation. */
  readonly apiCalls: Readonly<Record<string, Readonly<Record<string, number>>>>;
}
