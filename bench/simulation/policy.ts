import type { Partition } from './partition';

/** What launches and removes the instances of a partition. Made anew for each partition of each run. */
export interface Policy {
  /** Whether it is also run 5 s after a job has arrived that could not be placed. */
  readonly onEvents: boolean;
  /** Called at the first arrival, for what is there from the start. */
  begin?(partition: Partition): void;
  tick(partition: Partition): void;
  /** Called once no job will ever arrive or end again, for what is there to the end. */
  end?(partition: Partition): void;
}

export type PolicyFactory = (partition: Partition) => Policy;
