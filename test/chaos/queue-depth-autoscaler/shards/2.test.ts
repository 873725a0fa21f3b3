import { shard } from '../../shard';
import { QUEUE_DEPTH_AUTOSCALER } from '../subject';

shard(QUEUE_DEPTH_AUTOSCALER, 2);
