import type { Amounts, LargestInstances } from '../../workload/job';

/** Instances of one shape, as `--pool` describes them. */
export interface Pool extends Amounts {
  readonly name: string;
  /** Dollars an hour. */
  readonly price: number;
  /** The most instances there may be at once. */
  readonly max: number;
}

/** Pools that serve the same jobs: those with GPUs serve jobs with GPUs, the others the others. */
export interface Kind {
  readonly gpu: boolean;
  /** In the order given; baselines and bounds know only the first. */
  readonly pools: readonly [Pool, ...Pool[]];
}

export function kindsOf(pools: readonly Pool[]): Kind[] {
  return [false, true].flatMap((gpu) => {
    const [first, ...rest] = pools.filter((pool) => pool.gpus > 0 === gpu);
    return first === undefined ? [] : [{ gpu, pools: [first, ...rest] }];
  });
}

/** What jobs are cut and clamped to: the first pool of each kind. */
export function largestInstances(kinds: readonly Kind[]): LargestInstances {
  const cpu = kinds.find(({ gpu }) => !gpu)?.pools[0];
  const gpu = kinds.find((kind) => kind.gpu)?.pools[0];
  return { ...(cpu && { cpu }), ...(gpu && { gpu }) };
}
