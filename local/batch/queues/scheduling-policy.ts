import type { FairsharePolicy } from '@aws-sdk/client-batch';
import type { NamedResource } from '../registry';

export interface SchedulingPolicy extends NamedResource {
  fairsharePolicy: FairsharePolicy;
  tags: Record<string, string>;
}
