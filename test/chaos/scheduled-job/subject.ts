import type { ChaosSubject } from '../suite';
import { historyArbitrary } from './arbitrary';
import type { History } from './history';
import { type Outcome, play } from './play';
import { violations } from './verdict';

export const SCHEDULED_JOB: ChaosSubject<History, Outcome> = {
  name: 'scheduled-job',
  histories: historyArbitrary(),
  play,
  violations,
};
