import { histories } from '../histories';
import { JOB_TIMEOUTS } from './subject';

histories(JOB_TIMEOUTS);
