import { shard } from '../../shard';
import { JOB_TIMEOUTS } from '../subject';

shard(JOB_TIMEOUTS, 3);
