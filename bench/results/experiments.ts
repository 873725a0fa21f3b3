import { ffd } from '../policies/ffd';
import type { Ablation } from '../policies/foreman';
import { foreman } from '../policies/foreman';
import type { Kind } from '../simulation/pool';
import type { Scheduler } from '../simulation/simulate';
import type { Phases } from './phases';
import { runPhases } from './phases';
import type { Scenario } from './traces';

export const SCALE_IN_AFTER = 60;

/** What is run on every trace besides the baselines, by what the report calls it. */
export interface Experiment {
  readonly name: string;
  run(scenario: Scenario): Phases;
}

function shipped(
  name: string,
  kindsOf: (scenario: Scenario) => readonly Kind[],
  settings: { ablation?: Ablation; scaleInAfter?: number; scheduler?: Scheduler } = {},
): Experiment {
  const { ablation, scaleInAfter = SCALE_IN_AFTER, scheduler } = settings;
  return {
    name,
    run: (scenario) =>
      runPhases(scenario, kindsOf(scenario), ({ kind }) => foreman(kind, scaleInAfter, ablation), scheduler),
  };
}

const oneShape = ({ oneShape: kinds }: Scenario): readonly Kind[] => kinds;
const allSizes = ({ sizes }: Scenario): readonly Kind[] => sizes;
/** The largest and the one a quarter as large. */
const twoSizes = ({ sizes }: Scenario): readonly Kind[] =>
  sizes.map(({ gpu, pools: [first, ...rest] }) => ({ gpu, pools: [first, ...rest.slice(1, 2)] }));

export const REFERENCE: Experiment = {
  name: 'ffd, one shape',
  run: (scenario) => runPhases(scenario, scenario.oneShape, () => ffd(SCALE_IN_AFTER)),
};
export const ONE_SHAPE = shipped('foreman, one shape', oneShape);
export const SIZES = shipped('foreman, sizes', allSizes);
export const GOALS: readonly Experiment[] = [
  ONE_SHAPE,
  shipped('foreman, one shape, strict', oneShape, { scheduler: 'strict' }),
  SIZES,
  shipped('foreman, sizes, strict', allSizes, { scheduler: 'strict' }),
];
/** Each takes one lever away from `SIZES`. */
export const ABLATIONS: readonly Experiment[] = [
  shipped('two sizes only', twoSizes),
  shipped('one shape only', oneShape),
  shipped('large instances open to small jobs', allSizes, { ablation: { withoutAges: true } }),
  shipped('large instances launched first', allSizes, { ablation: { largeFirst: true } }),
  shipped('booting instances not counted', allSizes, { ablation: { withoutBooting: true } }),
  shipped('no events', allSizes, { ablation: { withoutEvents: true } }),
  shipped('idle for 60 s before the drain', allSizes, { scaleInAfter: 120 }),
  shipped('idle for 240 s before the drain', allSizes, { scaleInAfter: 300 }),
];
