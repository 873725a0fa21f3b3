import { type ChaosSubject, chaosTests, replayTest } from './suite';

/**
 * `CHAOS_HISTORIES` histories, 24 by default, from the seed `CHAOS_FIRST` on, 1 by default; or the one of `CHAOS_SEED`, which
 * is made smaller for `CHAOS_SHRINK` seconds if it goes wrong.
 */
export function histories<H, O>(subject: ChaosSubject<H, O>): void {
  const { CHAOS_SEED, CHAOS_SHRINK = '0', CHAOS_HISTORIES = '24', CHAOS_FIRST = '1' } = process.env;
  if (CHAOS_SEED !== undefined) return replayTest(subject, Number(CHAOS_SEED), Number(CHAOS_SHRINK));
  chaosTests(
    subject,
    Array.from({ length: Number(CHAOS_HISTORIES) }, (_, index) => Number(CHAOS_FIRST) + index),
  );
}
