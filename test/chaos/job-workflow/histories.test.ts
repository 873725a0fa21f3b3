import { histories } from '../histories';
import { JOB_WORKFLOW } from './subject';

histories(JOB_WORKFLOW);
