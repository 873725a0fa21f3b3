import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';

/** A part of the library whose random histories are played on the local AWS. */
export interface ChaosSubject<H, O> {
  readonly name: string;
  readonly histories: fc.Arbitrary<H>;
  readonly play: (history: H) => Promise<O>;
  /** Everything that is wrong with what came of a history. */
  readonly violations: (history: H, outcome: O) => string[];
}

/** The history of a seed. */
function historyOf<H, O>({ histories }: ChaosSubject<H, O>, seed: number): H {
  return fc.sample(histories, { seed, numRuns: 1 })[0]!;
}

/** Plays the history of each seed as a test of its own. One that goes wrong says how to play it again. */
export function chaosTests<H, O>(subject: ChaosSubject<H, O>, seeds: readonly number[]): void {
  test.each(seeds)('history %i', async (seed) => {
    const history = historyOf(subject, seed);
    const found = subject.violations(history, await subject.play(history));
    if (found.length === 0) return;
    throw new Error([...found, `Again: CHAOS_SEED=${seed} npm run test:chaos -- ${subject.name}`].join('\n'));
  });
}

const OUT = join(__dirname, '../../out/chaos');

/** Plays one history, writes down all that came of it, and makes it as small as it can if it goes wrong. */
export function replayTest<H, O>(subject: ChaosSubject<H, O>, seed: number, shrinkSeconds: number): void {
  test(`history ${seed}`, async () => {
    mkdirSync(OUT, { recursive: true });
    const write = (name: string, content: object): string => {
      const file = join(OUT, `${subject.name}-${seed}-${name}.json`);
      writeFileSync(file, JSON.stringify(content, null, 1));
      return file;
    };
    const history = historyOf(subject, seed);
    const outcome = await subject.play(history);
    const found = subject.violations(history, outcome);
    const files = [write('history', history as object), write('outcome', outcome as object)];
    if (found.length === 0) return;
    if (shrinkSeconds > 0) files.push(write('smallest', await smallest(subject, seed, shrinkSeconds)));
    throw new Error([...found, ...files].join('\n'));
  });
}

async function smallest<H, O>(subject: ChaosSubject<H, O>, seed: number, seconds: number): Promise<object> {
  const goesWell = fc.asyncProperty(subject.histories, async (history) => {
    const found = subject.violations(history, await subject.play(history));
    if (found.length > 0) throw new Error(found.join('\n'));
  });
  const { counterexample, errorInstance } = await fc.check(goesWell, {
    seed,
    numRuns: 1,
    interruptAfterTimeLimit: seconds * 1000,
  });
  return { history: counterexample?.[0], violations: String(errorInstance) };
}
