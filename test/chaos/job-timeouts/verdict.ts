import { entryKey, hasEnded, type Status } from '../../../lambda/job-ledger/item';
import { sightingOf } from '../../../lambda/job-ledger/sighting';
import { whoStopped } from '../../../lambda/job-ledger/stops';
import type { Limit } from '../../../lib/timeouts/config';
import { LOOK_SECONDS, type Stay, type StopCall } from './chronicle';
import { calmAt, type History, limitsOfJob } from './history';
import type { Outcome, Piece } from './play';

/** How soon a job must be ended after its limit, from when the ledger knows it to have come where it is. */
const PROMPT_SECONDS = 150;
/** After a storm: messages that were being worked on come back after six of the function's timeouts, thrice. */
const RECOVERY_SECONDS = 120;
/** What the ledger learns by the sweep alone. */
const SWEEP_SECONDS = 70;
const WAITING: readonly string[] = ['SUBMITTED', 'PENDING', 'RUNNABLE'];

/** What must never be, as sentences about what was; none when all is well. */
export function violations(history: History, outcome: Outcome): string[] {
  return [
    ...outcome.calls.flatMap((call) => unjustified(history, outcome, call)),
    ...outcome.pieces.flatMap((piece) => [
      ...wronglyEnded(piece),
      ...late(history, outcome, piece),
      ...notAsInTruth(piece),
      ...untold(outcome, piece),
    ]),
    ...leftOver(outcome),
  ];
}

/** When a limit of a piece has passed at the earliest: what was seen came up to a look's time before. */
function spentAt({ stays }: Piece, limit: Limit, stay: Stay, at: number): number {
  const since = (one: Stay) => one.from - LOOK_SECONDS;
  if (limit === 'TOTAL') return at - since(stays[0]!);
  if (limit !== 'RUNNING') return at - since(stay);
  const running = stays.filter(({ status, from }) => status === 'RUNNING' && from <= at);
  return running.reduce((sum, one) => sum + Math.min(at, one.to + LOOK_SECONDS) - since(one), 0);
}

/** A call before its time, or a call that could do harm where the limit does not hold. */
function unjustified(history: History, { pieces }: Outcome, call: StopCall): string[] {
  const piece = pieces.find(({ id }) => id === call.jobId)!;
  const limit = limitOf(call.reason);
  const seconds = limitsOfJob(history, history.jobs[piece.plan]!)[limit];
  const stay = [...piece.stays].reverse().find(({ from }) => from <= call.at) ?? piece.stays[0]!;
  const where = `${call.action} of ${piece.id}, ${stay.status} at ${call.at}, by ${limit}`;
  if (seconds === undefined) return [`${where}: there is no such limit`];
  if (call.action !== (WAITING.includes(limit) ? 'CANCEL' : 'TERMINATE'))
    return [`${where}: not what its limit asks for`];
  if (hasEnded({ status: stay.status as Status })) return [];
  if (limit !== 'TOTAL' && limit !== 'RUNNING' && stay.status !== limit) {
    // Cancelling does nothing to what has gone on; STARTING may have passed while the call was made.
    if (call.action === 'CANCEL' && !WAITING.includes(stay.status)) return [];
    if (limit === 'STARTING' && stay.status === 'RUNNING' && call.at - stay.from < 60) return [];
    return [`${where}: it is not there`];
  }
  const spent = spentAt(piece, limit, stay, call.at);
  return spent < seconds ? [`${where}: after ${spent} s, before its limit of ${seconds} s`] : [];
}

function limitOf(reason: string): Limit {
  const [, what] = /^Timed out: (\w+)/.exec(reason)!;
  return what === 'Not' ? 'TOTAL' : (what as Limit);
}

/** A limit on waiting never ends what has begun. */
function wronglyEnded({ id, stays, truth }: Piece): string[] {
  const reason = truth.statusReason ?? '';
  if (truth.status !== 'FAILED' || !reason.startsWith('Timed out')) return [];
  const before = stays.at(-2);
  const limit = limitOf(reason);
  if (!WAITING.includes(limit) || before === undefined || WAITING.includes(before.status)) return [];
  return [`${id} was ${before.status} when it was ended by the limit on ${limit}`];
}

/** In calm, what has passed a limit is ended, or asked to end, within the promised time. */
function late(history: History, { calls, endedAt }: Outcome, piece: Piece): string[] {
  const limits = limitsOfJob(history, history.jobs[piece.plan]!);
  const calm = calmAt(history) + delays(history) + RECOVERY_SECONDS;
  const lag = history.settings.listLagSeconds ?? 0;
  return piece.stays.flatMap((stay) => {
    if (hasEnded({ status: stay.status as Status })) return [];
    const key = entryKey({ status: stay.status as Status, attemptsEnded: stay.attempts });
    // What nobody told of the ledger finds out by itself.
    const known = piece.entered[key] ?? Math.max(stay.from, calm) + SWEEP_SECONDS + lag;
    return (Object.keys(limits) as Limit[]).flatMap((limit) => {
      const passed = passedAt(piece, stay, limit, limits[limit]!, known);
      if (passed === undefined) return [];
      const deadline = Math.max(passed, calm) + PROMPT_SECONDS;
      const left = stay === piece.stays.at(-1) ? endedAt : stay.to;
      const asked = calls.some(
        ({ jobId, at }) => (jobId === piece.id || jobId === piece.id.split(':')[0]) && at <= deadline,
      );
      // A person's request is as good.
      const stopped = piece.truth.isCancelled || piece.truth.isTerminated;
      return left <= deadline || asked || stopped
        ? []
        : [`${piece.id} was ${stay.status} until ${left}, though it passed the limit on ${limit} at ${passed}`];
    });
  });
}

function passedAt(piece: Piece, stay: Stay, limit: Limit, seconds: number, known: number): number | undefined {
  if (limit === 'TOTAL') return piece.stays[0]!.from + seconds + SWEEP_SECONDS;
  if (limit === 'RUNNING') {
    if (piece.isParent || stay.status !== 'RUNNING') return undefined;
    const ran = (piece.truth.attempts ?? []).slice(0, stay.attempts);
    const before = ran.reduce(
      (sum, { startedAt, stoppedAt }) => sum + (startedAt ? (stoppedAt! - startedAt) / 1000 : 0),
      0,
    );
    return known + Math.max(0, seconds - before);
  }
  return stay.status === limit && !(piece.isParent && limit === 'PENDING') ? known + seconds : undefined;
}

function delays({ storm, settings }: History): number {
  const late = storm.map(({ faults }) => (faults.events?.delaySeconds ?? 0) + (faults.events?.reorder ? 10 : 0));
  return Math.max(0, ...late) + (settings.listLagSeconds ?? 0);
}

/** Once faults have stopped the ledger has what AWS Batch has. */
function notAsInTruth({ id, stays, truth, kept, entered }: Piece): string[] {
  if (!kept) return [`the ledger does not have ${id}`];
  const { job } = sightingOf(truth, 0);
  const found: string[] = [];
  const same = [
    'status',
    'attemptsEnded',
    'createdAt',
    'startedAt',
    'stoppedAt',
    'ranMilliseconds',
    'statusReason',
  ] as const;
  for (const member of [...same, 'isCancelled', 'isTerminated', 'exitCode'] as const) {
    if (kept.job[member] !== job[member]) {
      found.push(`the ledger has ${member} ${String(kept.job[member])} of ${id}, not ${String(job[member])}`);
    }
  }
  for (const stay of stays) {
    const time = entered[entryKey({ status: stay.status as Status, attemptsEnded: stay.attempts })];
    // Events tell whole seconds, cut off.
    if (time !== undefined && time < stay.from - LOOK_SECONDS - 1) {
      found.push(`the ledger has ${id} ${stay.status} at ${time}, which it was from ${stay.from}`);
    }
  }
  return found;
}

/** Each end is announced; each of ours is told of, and known as ours. */
function untold({ announced, published }: Outcome, { id, truth, kept }: Piece): string[] {
  const found: string[] = [];
  const ended = truth.status === 'SUCCEEDED' || truth.status === 'FAILED';
  if (ended && !announced.includes(id)) found.push(`the end of ${id} was not announced`);
  const reason = truth.statusReason ?? '';
  const ours = truth.status === 'FAILED' && reason.startsWith('Timed out');
  const told = published.filter((detail) => detail['jobId'] === id && detail['ended'] === true);
  // The children of an array that is ended are told of with it.
  const own = kept?.stop?.reason === reason;
  if (ours && own && told.length === 0) found.push(`nobody was told that ${id} timed out`);
  if (!ours && told.length > 0) found.push(`${id} was said to have timed out, but: ${truth.status} ${reason}`);
  const who = kept && whoStopped(kept);
  const expected = ours ? 'foreman' : truth.status === 'FAILED' && reason === 'a person did' ? 'person' : undefined;
  if (expected !== undefined && who !== expected) found.push(`${id} was ended by ${expected}, not by ${String(who)}`);
  return found;
}

function leftOver({ unsettled, deadLetters, alarms, pieces }: Outcome): string[] {
  const open = pieces
    .filter(({ truth }) => truth.status !== 'SUCCEEDED' && truth.status !== 'FAILED')
    .map(({ id }) => id);
  const found = open.map((id) => `${id} has not ended`);
  for (const id of unsettled) if (!open.includes(id)) found.push(`${id} is still open in the ledger`);
  if (deadLetters > 0 && alarms.length === 0) found.push(`${deadLetters} dead letters and no alarm`);
  return found;
}
