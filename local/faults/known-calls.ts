import type { FaultPlan } from './fault-plan';

/** The faults that name calls. */
const BY_CALL = ['throttle', 'fail', 'loseAnswer', 'stale', 'yield', 'delay'] as const;

/**
 * A fault of a call that there is not would never strike, and nobody would notice.
 *
 * @param operations by service, as requests are signed for; none where any is taken
 * @throws Error that names the call, and what there is
 */
export function refuseUnknownCalls(plan: FaultPlan, operations: Readonly<Record<string, readonly string[]>>): void {
  for (const fault of BY_CALL) {
    for (const call of Object.keys(plan[fault] ?? {})) {
      if (call === '*') continue;
      const [service = '', operation = ''] = call.split(':');
      const known = operations[service];
      const wrong = (what: string, there: readonly string[]) =>
        new Error(`${fault}["${call}"]: there is no ${what}; there are: ${[...there].sort().join(', ')}`);
      if (!known) throw wrong(`service ${service}`, Object.keys(operations));
      if (operation !== '*' && known.length > 0 && !known.includes(operation)) {
        throw wrong(`operation ${operation} of ${service}`, known);
      }
    }
  }
}
