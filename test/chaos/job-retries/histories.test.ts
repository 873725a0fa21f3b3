import { JOB_RETRIES } from './subject';
import { histories } from '../histories';

histories(JOB_RETRIES);
