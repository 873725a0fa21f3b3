import { Duration } from 'aws-cdk-lib';
import { ConcurrencyPolicy, MissedRuns } from '../../../lib';
import { cron, synthesize } from '../../stack/scheduled-job/environment';
import { LAST_DUE } from './history';

/** A schedule of a stack. */
export interface Plan {
  readonly name: string;
  readonly policy: 'ALLOW' | 'FORBID' | 'REPLACE';
  /** No limit when absent. */
  readonly maxActiveRuns?: number;
  readonly missedRuns: number;
  readonly deadlineSeconds?: number;
  readonly runSeconds: number;
}

/** One schedule of which nothing may ever be skipped, and two under a policy that skips or stops. */
export const VARIANTS: readonly (readonly Plan[])[] = [
  { policy: 'FORBID', maxActiveRuns: 1, missedRuns: 1, runSeconds: 900 },
  { policy: 'FORBID', maxActiveRuns: 2, missedRuns: 0, runSeconds: 1500 },
  { policy: 'REPLACE', maxActiveRuns: 1, missedRuns: 1, runSeconds: 900 },
  { policy: 'REPLACE', maxActiveRuns: 2, missedRuns: 9, runSeconds: 1500 },
  { policy: 'ALLOW', maxActiveRuns: 1, missedRuns: 9, runSeconds: 500 },
  { policy: 'FORBID', maxActiveRuns: 1, missedRuns: 0, deadlineSeconds: 120, runSeconds: 100 },
].map((limited, index): readonly Plan[] => [
  { name: 'every', policy: 'ALLOW', missedRuns: 99, runSeconds: 60 + index },
  { name: 'limited', ...(limited as Omit<Plan, 'name'>) },
]);

const assemblies = new Map<number, string>();

/** @returns the directory of a stack's cloud assembly, made when it is first asked for */
export function assemblyOf(variant: number, start: number): string {
  const known = assemblies.get(variant);
  if (known !== undefined) return known;
  const assembly = synthesize(({ add }) => {
    for (const { name, policy, maxActiveRuns, missedRuns, deadlineSeconds, runSeconds } of VARIANTS[variant]!) {
      add(name, cron('0/10 * * * ? *'), {
        concurrencyPolicy: ConcurrencyPolicy[policy],
        maxActiveRuns,
        missedRuns: missedRuns === 0 ? MissedRuns.NONE : MissedRuns.all(missedRuns),
        startingDeadline: deadlineSeconds === undefined ? undefined : Duration.seconds(deadlineSeconds),
        end: new Date(start + LAST_DUE * 1000),
        runSeconds,
      });
    }
  });
  assemblies.set(variant, assembly);
  return assembly;
}
