import type { ChaosSubject } from '../suite';
import { historyArbitrary } from './arbitrary';
import type { History } from './history';
import { play } from './play';
import { violations } from './verdict';

export const QUEUE_DEPTH_AUTOSCALER: ChaosSubject<History, Awaited<ReturnType<typeof play>>> = {
  name: 'queue-depth-autoscaler',
  histories: historyArbitrary(),
  play,
  violations,
};
