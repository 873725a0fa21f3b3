import type { EnvironmentCapacity, Room } from './environment-capacity';
import type { Shape } from './shape';

const ROOM: Room = {};

/** Fargate has a machine for every task, up to the environment's vCPUs. */
export class FargateCapacity implements EnvironmentCapacity {
  private usedVcpus = 0;

  constructor(private readonly maxVcpus: () => number) {}

  find(shape: Shape): Room | undefined {
    return this.usedVcpus + shape.vcpus <= this.maxVcpus() ? ROOM : undefined;
  }

  took(_room: Room, shape: Shape): void {
    this.usedVcpus += shape.vcpus;
  }

  released(_room: Room, shape: Shape): void {
    this.usedVcpus -= shape.vcpus;
  }

  isEmpty(): boolean {
    return false;
  }

  /** Tasks that run or start. */
  inUse(): boolean {
    return this.usedVcpus > 0;
  }
}
