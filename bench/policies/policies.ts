import type { WorkloadJob } from '../../workload/job';
import { peakInstances } from '../simulation/bounds';
import type { PolicyFactory } from '../simulation/policy';
import { cas } from './cas';
import { count, vcpu } from './desired';
import { ffd } from './ffd';
import { foreman } from './foreman';
import { jobwatcher } from './jobwatcher';
import { fixed } from './static';

export const POLICY_NAMES = ['foreman', 'ffd', 'count', 'vcpu', 'cas', 'jobwatcher', 'static'] as const;
export type PolicyName = (typeof POLICY_NAMES)[number];

export interface PolicyOptions {
  /** Seconds from idle to gone, where a policy lets one choose. */
  readonly scaleInAfter: number;
}

/** @param jobs all that will come: `count` is tuned to them and `static` sized for them */
export function policyFactory(
  name: PolicyName,
  jobs: readonly WorkloadJob[],
  { scaleInAfter }: PolicyOptions,
): PolicyFactory {
  switch (name) {
    case 'foreman':
      return ({ kind }) => foreman(kind, scaleInAfter);
    case 'ffd':
      return () => ffd(scaleInAfter);
    case 'count':
      return () => count(jobs);
    case 'vcpu':
      return vcpu;
    case 'cas':
      return cas;
    case 'jobwatcher':
      return jobwatcher;
    case 'static':
      return ({ kind }) => fixed(peakInstances(jobs, kind));
  }
}
