import { histories } from '../histories';
import { QUEUE_DEPTH_AUTOSCALER } from './subject';

histories(QUEUE_DEPTH_AUTOSCALER);
