import type { ChaosSubject } from '../suite';
import { historyArbitrary } from './arbitrary';
import type { History } from './history';
import { type Outcome, play } from './play';
import { violations } from './verdict';

export const JOB_WORKFLOW: ChaosSubject<History, Outcome> = {
  name: 'job-workflow',
  histories: historyArbitrary(),
  play,
  violations,
};
