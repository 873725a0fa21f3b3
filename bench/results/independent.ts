import type { Comparison } from '../compare';
import type { PolicyName } from '../policies/policies';
import type { Scenario } from './traces';

/** Dollars, and the 95th and 99th percentile of the wait in seconds. */
type Figures = readonly [cost: number, p95: number, p99: number];

interface Independent {
  readonly work: number;
  readonly zeroWait: number;
  readonly policies: Readonly<Partial<Record<PolicyName, Figures>>>;
}

/** What an independent implementation of the same model gives. */
const INDEPENDENT: Readonly<Record<string, Independent>> = {
  'UniLu-Gaia': {
    work: 93_041,
    zeroWait: 94_814,
    policies: {
      static: [315_285, 0, 0],
      count: [202_323, 0, 36],
      vcpu: [103_526, 630, 4245],
      cas: [105_301, 893, 3496],
      jobwatcher: [105_531, 129, 146],
      ffd: [104_366, 95, 95],
    },
  },
  openb: {
    work: 249_576,
    zeroWait: 309_237,
    policies: {
      static: [1_106_630, 0, 0],
      count: [315_542, 2305, 8792],
      vcpu: [315_844, 621, 3610],
      cas: [320_949, 62, 134],
      jobwatcher: [320_525, 84, 134],
      ffd: [319_602, 94, 95],
    },
  },
  'KTH-SP2': {
    work: 26_924,
    zeroWait: 29_855,
    policies: {
      static: [369_591, 0, 0],
      count: [37_946, 2640, 8469],
      vcpu: [33_433, 387, 2809],
      cas: [35_216, 241, 396],
      jobwatcher: [35_092, 136, 147],
      ffd: [33_911, 95, 95],
    },
  },
};

export interface Deviation {
  /** What differs most. */
  readonly what: string;
  /** By how much, as a part of the other's figure. */
  readonly part: number;
  /** How many figures were compared. */
  readonly compared: number;
}

/** Where these runs differ most from the other implementation's. */
export function largestDeviation(scenarios: readonly Scenario[], comparisons: readonly Comparison[]): Deviation {
  const pairs = scenarios.flatMap(({ name }, index) => {
    const { bounds, policies } = comparisons[index]!;
    const other = INDEPENDENT[name]!;
    const ofPolicies = Object.entries(other.policies).flatMap(([policy, [cost, p95, p99]]) => {
      const own = policies[policy as PolicyName]!;
      return [
        { what: `the cost of ${policy}`, own: own.cost, other: cost },
        { what: `the 95th percentile of ${policy}`, own: own.wait.p95, other: p95 },
        { what: `the 99th percentile of ${policy}`, own: own.wait.p99, other: p99 },
      ];
    });
    const ofBounds = [
      { what: 'the bound of work', own: bounds.work, other: other.work },
      { what: 'the bound without waiting', own: bounds.zeroWait, other: other.zeroWait },
    ];
    return [...ofBounds, ...ofPolicies].map((pair) => ({ ...pair, what: `${pair.what} on ${name}` }));
  });
  const deviations = pairs.map(({ what, own, other }) => ({ what, part: Math.abs(own - other) / Math.max(other, 1) }));
  const largest = deviations.reduce((most, one) => (one.part > most.part ? one : most));
  return { ...largest, compared: pairs.length };
}
