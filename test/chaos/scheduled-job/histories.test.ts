import { histories } from '../histories';
import { SCHEDULED_JOB } from './subject';

histories(SCHEDULED_JOB);
