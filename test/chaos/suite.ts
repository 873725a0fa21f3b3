import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { historyArbitrary } from './arbitrary';
import type { History } from './history';
import { play } from './play';
import { violations } from './verdict';

/** The history of a seed. */
export function historyOf(seed: number): History {
  return fc.sample(historyArbitrary(), { seed, numRuns: 1 })[0]!;
}

/** Plays the history of each seed as a test of its own. One that goes wrong says how to play it again. */
export function chaosTests(seeds: readonly number[]): void {
  test.each(seeds)('history %i', async (seed) => {
    const history = historyOf(seed);
    const found = violations(history, await play(history));
    if (found.length > 0) throw new Error([...found, `Again: CHAOS_SEED=${seed} npm run test:chaos`].join('\n'));
  });
}

const OUT = join(__dirname, '../../out/chaos');

/** Plays one history, writes down all that came of it, and makes it as small as it can if it goes wrong. */
export function replayTest(seed: number, shrinkSeconds: number): void {
  test(`history ${seed}`, async () => {
    mkdirSync(OUT, { recursive: true });
    const write = (name: string, content: object): string => {
      const file = join(OUT, `${seed}-${name}.json`);
      writeFileSync(file, JSON.stringify(content, null, 1));
      return file;
    };
    const history = historyOf(seed);
    const outcome = await play(history);
    const found = violations(history, outcome);
    const files = [write('history', history), write('outcome', outcome)];
    if (found.length === 0) return;
    if (shrinkSeconds > 0) files.push(write('smallest', await smallest(seed, shrinkSeconds)));
    throw new Error([...found, ...files].join('\n'));
  });
}

async function smallest(seed: number, seconds: number): Promise<object> {
  const goesWell = fc.asyncProperty(historyArbitrary(), async (history) => {
    const found = violations(history, await play(history));
    if (found.length > 0) throw new Error(found.join('\n'));
  });
  const { counterexample, errorInstance } = await fc.check(goesWell, {
    seed,
    numRuns: 1,
    interruptAfterTimeLimit: seconds * 1000,
  });
  return { history: counterexample?.[0], violations: String(errorInstance) };
}
