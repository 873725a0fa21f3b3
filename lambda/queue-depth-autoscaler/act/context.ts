import type { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import type { ECSClient } from '@aws-sdk/client-ecs';
import type { AutoscalerConfig } from '../../../lib/autoscaling/config';
import type { Log } from '../../runtime/log';
import type { Attempts } from '../../runtime/attempts';
import type { Look } from '../observe/observe';

export interface ActClients {
  readonly autoScaling: AutoScalingClient;
  readonly ecs: ECSClient;
}

export interface ActContext {
  readonly config: AutoscalerConfig;
  readonly clients: ActClients;
  readonly look: Look;
  readonly log: Log;
  readonly attempts: Attempts;
}
