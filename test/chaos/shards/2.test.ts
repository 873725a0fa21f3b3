import { shard } from './shard';

shard(2);
