import type { Intent, NodeState, Run, Submission } from './model';

/** What came of submitting the job of a node. */
export type Submitted =
  | { readonly kind: 'submitted'; readonly jobId: string }
  /** Nothing was done, and it may be tried again. */
  | { readonly kind: 'not submitted' }
  | { readonly kind: 'refused'; readonly message: string }
  /** Nobody knows; it is looked for when the lists show it. */
  | { readonly kind: 'unknown' };

const MOST_REFUSALS = 5;
/** What AWS Batch refuses may pass: a queue that is being updated, a job that it shows as it was before. */
const REFUSED_PAUSE = 60_000;
const THROTTLED_PAUSE = 5_000;

/** Writes down that the jobs of some nodes are about to be submitted. */
export function intending(run: Run, submissions: readonly Submission[], intent: Intent): Run {
  const intended = submissions.map(({ node }) => [node, { ...run.nodes[node], intent }] as const);
  return { ...run, nodes: { ...run.nodes, ...Object.fromEntries(intended) } };
}

/** Takes over an intent whose holder has not told what came of it. */
export function takingOver(run: Run, nodes: readonly string[], by: string, recoverAt: number): Run {
  const taken = nodes.map((name) => {
    const { intent, ...state } = run.nodes[name]!;
    return [name, { ...state, intent: { ...intent!, by, recoverAt } }] as const;
  });
  return { ...run, nodes: { ...run.nodes, ...Object.fromEntries(taken) } };
}

/**
 * Writes down what came of it.
 *
 * @param by who intended it: what another has taken over meanwhile is not touched
 */
export function recorded(run: Run, results: ReadonlyMap<string, Submitted>, by: string, now: number): Run {
  const nodes = { ...run.nodes };
  for (const [name, result] of results) {
    const state = nodes[name];
    if (state?.intent?.by === by) nodes[name] = after(state, result, now);
  }
  return { ...run, nodes };
}

function after({ intent, ...state }: NodeState, result: Submitted, now: number): NodeState {
  switch (result.kind) {
    case 'submitted':
      return { ...state, jobId: result.jobId, firstJobId: result.jobId, submittedAt: now };
    case 'not submitted':
      return { ...state, notBefore: now + THROTTLED_PAUSE };
    case 'unknown':
      return { ...state, intent };
    case 'refused': {
      const refusals = (state.refusals ?? 0) + 1;
      if (refusals < MOST_REFUSALS) return { ...state, refusals, notBefore: now + REFUSED_PAUSE };
      return { ...state, refusals, outcome: 'FAILED', reason: `AWS Batch refused it: ${result.message}` };
    }
  }
}
