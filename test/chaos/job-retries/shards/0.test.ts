import { JOB_RETRIES } from '../subject';
import { shard } from '../../shard';

shard(JOB_RETRIES, 0);
