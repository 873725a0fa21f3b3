import { shard } from './shard';

shard(3);
