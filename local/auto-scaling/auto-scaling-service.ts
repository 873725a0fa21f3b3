import * as sdk from '@aws-sdk/client-auto-scaling';
import type { InstanceLauncher, LaunchSources } from '../ports';
import type { Service } from '../wire/service';
import type { World } from '../world';
import { groupOperations } from './group-operations';
import { Groups } from './groups';
import { instanceOperations } from './instance-operations';
import { Scaler } from './scaler';
import { scalingOperations } from './scaling-operations';

/** Amazon EC2 Auto Scaling: groups that launch and end instances until they have what is desired. */
export class AutoScalingService {
  readonly api: Service;

  constructor(world: World, ec2: InstanceLauncher & LaunchSources) {
    const random = world.random.fork();
    const now = (): number => world.clock.now();
    const groups = new Groups(world, random);
    const scaler = new Scaler({ world, random, ec2, onEmptied: (group) => groups.remove(group) });
    this.api = {
      signingName: 'autoscaling',
      protocol: 'query',
      sdk,
      operations: {
        ...groupOperations(groups, scaler, ec2, now),
        ...instanceOperations(groups, scaler, now),
        ...scalingOperations(groups, scaler, random, now),
      },
    };
  }
}
