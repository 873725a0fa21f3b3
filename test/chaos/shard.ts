import { type ChaosSubject, chaosTests, replayTest } from './suite';

/** The files among which the histories are divided, so that Jest plays them at the same time. */
const SHARDS = 2;

/**
 * `CHAOS_HISTORIES` histories, 24 by default, from the seed `CHAOS_FIRST` on, 1 by default; or the one of `CHAOS_SEED`, which
 * is made smaller for `CHAOS_SHRINK` seconds if it goes wrong.
 *
 * @param shard 0 or 1
 */
export function shard<H, O>(subject: ChaosSubject<H, O>, shard: number): void {
  const { CHAOS_SEED, CHAOS_SHRINK = '0', CHAOS_HISTORIES = '24', CHAOS_FIRST = '1' } = process.env;
  if (CHAOS_SEED !== undefined) {
    if (shard === 0) replayTest(subject, Number(CHAOS_SEED), Number(CHAOS_SHRINK));
    else test.skip('another shard plays it', () => {});
    return;
  }
  const seeds = Array.from({ length: Number(CHAOS_HISTORIES) }, (_, index) => Number(CHAOS_FIRST) + index);
  chaosTests(
    subject,
    seeds.filter((seed) => seed % SHARDS === shard),
  );
}
