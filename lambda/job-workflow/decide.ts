import type { EdgeConfig, NodeConfig } from '../../lib/workflow/config';
import type { Decision, NodeState, Outcome, Run, RunStatus, Seen, Submission } from './model';

/** Announcements make it quick; so often a run is looked at in any case. */
const LOOK_EVERY = 120_000;
const LOOK_AT_CHANGES_EVERY = 60_000;

/**
 * What is to be done next for a run.
 *
 * AWS Batch itself lets jobs wait for the success of others: these are submitted together with what they wait for. What
 * comes after a failure, or after an end of either kind, is submitted when that has come about.
 *
 * @param seen what is known of the jobs of nodes that have one and have not ended, by the node's name
 */
export function decide(before: Run, seen: ReadonlyMap<string, Seen>, now: number): Decision {
  const nodes: Record<string, NodeState> = { ...before.nodes };
  const run: Run = { ...before, nodes };
  const submit = new Map<string, Submission>();
  const recover: string[] = [];
  const stop: string[] = [];
  // In the graph's order, so that what became of a node is known before what comes after it.
  for (const node of run.graph) {
    const { name } = node;
    const state = observed(run, node, seen.get(name));
    nodes[name] = state;
    if (state.outcome !== undefined) continue;
    if (state.intent !== undefined) {
      if (state.intent.recoverAt <= now) recover.push(name);
    } else if (state.jobId !== undefined) {
      if (run.cancelled && seen.get(name)?.kind === 'open') stop.push(state.jobId);
    } else {
      const prospect = prospectOf(run, node, submit);
      if (typeof prospect === 'string') {
        if (prospect !== 'waiting') nodes[name] = { ...state, outcome: prospect };
      } else if ((state.notBefore ?? 0) <= now) submit.set(name, prospect);
    }
  }
  const status = statusOf(run);
  const decided = status === 'RUNNING' ? run : { ...run, status, endedAt: run.endedAt ?? now };
  return { run: decided, submit: [...submit.values()], recover, stop };
}

/** When somebody has to see to a run again; nothing when it is over. */
export function dueAt({ status, told, nodes, cancelled }: Run, now: number): number | undefined {
  if (status !== 'RUNNING') return told ? undefined : now;
  const states = Object.values(nodes).filter(({ outcome }) => outcome === undefined);
  const changing = cancelled !== undefined || states.some(({ retrying }) => retrying);
  const times = states.flatMap(({ intent, notBefore, jobId }) => intent?.recoverAt ?? (jobId ? [] : (notBefore ?? [])));
  return Math.min(now + (changing ? LOOK_AT_CHANGES_EVERY : LOOK_EVERY), ...times);
}

function observed(run: Run, node: NodeConfig, seen: Seen | undefined): NodeState {
  const { retrying: _, ...state } = run.nodes[node.name] ?? {};
  if (seen === undefined) return run.nodes[node.name] ?? {};
  const { jobId } = seen;
  if (seen.kind === 'open') return { ...state, jobId };
  if (seen.kind === 'retrying') return { ...state, jobId, retrying: true };
  const outcome = outcomeOf(run, node, seen);
  if (outcome === undefined) return { ...state, jobId };
  const { reason, startedAt, stoppedAt } = seen;
  return { ...state, jobId, outcome, reason, startedAt, stoppedAt };
}

/** @returns nothing while it is not known what became of those whose failure it may be */
function outcomeOf(
  run: Run,
  { after }: NodeConfig,
  { succeeded, ran }: Extract<Seen, { kind: 'ended' }>,
): Outcome | undefined {
  if (succeeded) return 'SUCCEEDED';
  if (run.cancelled) return 'CANCELLED';
  if (ran) return 'FAILED';
  // AWS Batch fails what waits for a job that has failed.
  const outcomes = after.filter(({ on }) => on === 'SUCCESS').map((edge) => outcomeBefore(run, edge));
  if (outcomes.some(isFailure)) return 'UPSTREAM_FAILED';
  return outcomes.includes(undefined) ? undefined : 'FAILED';
}

/** @returns what is to be submitted; or what became of the node without a job of its own */
function prospectOf(
  run: Run,
  node: NodeConfig,
  submitted: ReadonlyMap<string, Submission>,
): Submission | 'waiting' | Outcome {
  if (run.cancelled) return 'CANCELLED';
  const edges = (on: EdgeConfig['on']) => node.after.filter((edge) => edge.on === on);
  const needed = edges('SUCCESS').map((edge) => outcomeBefore(run, edge));
  if (needed.some(isFailure)) return 'UPSTREAM_FAILED';
  // Not before it is known that none of them fails: what follows a failure is another thing than what was not needed.
  const skipped = needed.includes(undefined) ? 'waiting' : 'SKIPPED';
  if (needed.includes('SKIPPED')) return skipped;
  const failures = edges('FAILURE').map((edge) => outcomeBefore(run, edge));
  if ([...failures, ...edges('EITHER').map((edge) => outcomeBefore(run, edge))].includes(undefined)) return 'waiting';
  if (failures.length > 0 && !failures.some(isFailure)) return skipped;
  const open = edges('SUCCESS').filter((edge) => outcomeBefore(run, edge) === undefined);
  if (!open.every(({ job }) => submitted.has(job) || hasLiveJob(run.nodes[job]))) return 'waiting';
  // AWS Batch would fail it at the first failure, and nobody would submit it again behind the retry.
  if (!node.recreated && open.some(({ job }) => isRetried(run, job))) return 'waiting';
  return { node: node.name, dependsOn: open.map(({ job, each }) => ({ node: job, each: each ?? false })) };
}

/** One that has failed and is to be followed by another is not depended on: what depends on it would fail at once. */
function hasLiveJob({ jobId, retrying }: NodeState = {}): boolean {
  return jobId !== undefined && !retrying;
}

function isRetried({ graph }: Run, job: string): boolean {
  return graph.some(({ name, retried }) => name === job && retried);
}

function outcomeBefore({ nodes }: Run, { job }: EdgeConfig): Outcome | undefined {
  return nodes[job]?.outcome;
}

function isFailure(outcome: Outcome | undefined): boolean {
  return outcome === 'FAILED' || outcome === 'UPSTREAM_FAILED';
}

function statusOf({ graph, nodes, cancelled }: Run): RunStatus {
  const outcomes = graph.map(({ name }) => nodes[name]?.outcome);
  if (outcomes.includes(undefined)) return 'RUNNING';
  if (cancelled && outcomes.includes('CANCELLED')) return 'CANCELLED';
  return outcomes.includes('FAILED') ? 'FAILED' : 'SUCCEEDED';
}
