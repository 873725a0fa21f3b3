import type { PlaceableInstance } from '../../ports';
import type { Shape } from './shape';

/** Where a job can be put: an instance, or Fargate, which has none. */
export interface Room {
  readonly instance?: PlaceableInstance;
}

/** What an environment has to put jobs on. */
export interface EnvironmentCapacity {
  /** Room for one more job of that shape; undefined when there is none now. */
  find(shape: Shape): Room | undefined;
  took(room: Room, shape: Shape): void;
  /** A job of that shape has ended there. */
  released(room: Room, shape: Shape): void;
  /** Whether nothing is there at all to put jobs on. */
  isEmpty(): boolean;
}
