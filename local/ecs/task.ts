import type { Resources } from '../ports';
import type { ContainerInstance } from './container-instance';

/** One task, which Batch started for a job. Times are milliseconds since the epoch. */
export interface Task {
  readonly ordinal: number;
  readonly arn: string;
  readonly instance: ContainerInstance;
  readonly resources: Readonly<Resources>;
  readonly gpuIds: readonly string[];
  readonly startedBy: string;
  readonly createdAt: number;
  readonly onHostLost: (reason: string) => void;
  status: 'PENDING' | 'RUNNING' | 'STOPPED';
  startedAt?: number;
  stopped?: { readonly at: number; readonly reason: string; readonly code: StopCode; readonly exitCode?: number };
}

export type StopCode = 'EssentialContainerExited' | 'UserInitiated' | 'TerminationNotice';
