import { shard } from '../../shard';
import { JOB_WORKFLOW } from '../subject';

shard(JOB_WORKFLOW, 1);
