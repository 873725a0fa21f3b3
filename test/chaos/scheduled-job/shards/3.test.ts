import { shard } from '../../shard';
import { SCHEDULED_JOB } from '../subject';

shard(SCHEDULED_JOB, 3);
