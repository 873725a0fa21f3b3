/** What a job does when the local AWS plays it: told in its container environment, in this variable, as JSON. */
export const LOCAL_JOB = 'LOCAL_JOB';

/** One attempt, as it is written; what is left out is as in `DEFAULT_ATTEMPT`. */
export interface AttemptInput {
  /** Seconds in STARTING; at least 0. */
  readonly startSeconds?: number;
  /** Seconds in RUNNING; at least 0. */
  readonly runSeconds?: number;
  /** 0 to 255. */
  readonly exitCode?: number;
  /** What the container's `reason` says; one that a container could not start for ends the attempt in STARTING. */
  readonly reason?: string;
  /** Above the job's memory, the attempt ends as out of memory. */
  readonly peakMemoryMiB?: number;
  /** Whether the host goes away under it. */
  readonly hostTerminated?: boolean;
}

/** The variable's document, as it is written. */
export interface LocalJobInput {
  /** Attempts of all jobs with the same key are counted together, so that a resubmission goes on where it failed. */
  readonly key?: string;
  /** The last one repeats. */
  readonly attempts?: readonly AttemptInput[];
  /** In place of `attempts`, for children of an array job, by their index. */
  readonly byIndex?: Readonly<Record<string, readonly AttemptInput[]>>;
}

export type Attempt = Required<Pick<AttemptInput, 'startSeconds' | 'runSeconds' | 'exitCode' | 'hostTerminated'>> &
  AttemptInput;

export interface LocalJob {
  readonly key?: string;
  readonly attempts: readonly Attempt[];
  readonly byIndex: ReadonlyMap<number, readonly Attempt[]>;
}

export const DEFAULT_ATTEMPT: Attempt = { startSeconds: 5, runSeconds: 60, exitCode: 0, hostTerminated: false };

const DEFAULT_JOB: LocalJob = { attempts: [DEFAULT_ATTEMPT], byIndex: new Map() };

/** A document that is not what `LocalJobInput` says, in words for the person who wrote it. */
export class LocalJobError extends Error {
  override readonly name = 'LocalJobError';
}

/**
 * @param text the variable's value; without it, the job starts in 5 s, runs 60 s and succeeds
 * @throws LocalJobError
 */
export function parseLocalJob(text: string | undefined): LocalJob {
  if (text === undefined) return DEFAULT_JOB;
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new LocalJobError(`${LOCAL_JOB} is not JSON: ${text}`);
  }
  const { key, attempts, byIndex } = membersOf(document, ['key', 'attempts', 'byIndex'], LOCAL_JOB);
  if (key !== undefined && typeof key !== 'string') throw new LocalJobError(`${LOCAL_JOB}.key is not a string`);
  return {
    key,
    attempts: attempts === undefined ? DEFAULT_JOB.attempts : parseAttempts(attempts, `${LOCAL_JOB}.attempts`),
    byIndex: parseByIndex(byIndex),
  };
}

/** What happens to an attempt once it has been placed. */
export interface AttemptPlan {
  readonly startSeconds: number;
  /** Absent when the container never runs. */
  readonly runSeconds?: number;
  readonly end: AttemptEnd;
}

export type AttemptEnd =
  | { readonly kind: 'exited'; readonly exitCode: number; readonly reason?: string }
  | { readonly kind: 'outOfMemory' }
  | { readonly kind: 'notStarted'; readonly reason: string }
  | { readonly kind: 'hostTerminated' };

/** Errors that ECS reports of a container that it could not start. */
const NOT_STARTED = /^(Cannot(Pull|Start|Create|Inspect)\w*Error|ResourceInitializationError|DockerTimeoutError)\b/;

/**
 * @param number of the attempt, from 1
 * @param job.memoryMiB what the job asked for
 * @param job.arrayIndex of a child of an array job
 */
export function planAttempt(
  work: LocalJob,
  number: number,
  job: { readonly memoryMiB: number; readonly arrayIndex?: number },
): AttemptPlan {
  const attempts = (job.arrayIndex !== undefined && work.byIndex.get(job.arrayIndex)) || work.attempts;
  const attempt = attempts[Math.min(number, attempts.length) - 1]!;
  const { startSeconds, runSeconds, exitCode, reason, peakMemoryMiB = 0 } = attempt;
  if (reason !== undefined && NOT_STARTED.test(reason)) {
    return { startSeconds, end: { kind: 'notStarted', reason } };
  }
  if (attempt.hostTerminated) return { startSeconds, runSeconds, end: { kind: 'hostTerminated' } };
  if (peakMemoryMiB > job.memoryMiB) return { startSeconds, runSeconds, end: { kind: 'outOfMemory' } };
  return { startSeconds, runSeconds, end: { kind: 'exited', exitCode, reason } };
}

function parseByIndex(value: unknown): ReadonlyMap<number, readonly Attempt[]> {
  if (value === undefined) return DEFAULT_JOB.byIndex;
  const path = `${LOCAL_JOB}.byIndex`;
  return new Map(
    Object.entries(objectOf(value, path)).map(([index, attempts]) => {
      if (!/^\d+$/.test(index)) throw new LocalJobError(`${path}: ${index} is not an array index`);
      return [Number(index), parseAttempts(attempts, `${path}.${index}`)];
    }),
  );
}

function parseAttempts(value: unknown, path: string): readonly Attempt[] {
  if (!Array.isArray(value) || value.length === 0) throw new LocalJobError(`${path} is not a list of attempts`);
  return value.map((attempt, index) => parseAttempt(attempt, `${path}[${index}]`));
}

const CHECKS: Readonly<Record<keyof AttemptInput, readonly [(value: unknown) => boolean, string]>> = {
  startSeconds: [isAmount, 'a number of seconds'],
  runSeconds: [isAmount, 'a number of seconds'],
  exitCode: [(value) => Number.isInteger(value) && isAmount(value) && value <= 255, 'an exit code from 0 to 255'],
  reason: [(value) => typeof value === 'string', 'a string'],
  peakMemoryMiB: [isAmount, 'a number of MiB'],
  hostTerminated: [(value) => typeof value === 'boolean', 'true or false'],
};

function parseAttempt(value: unknown, path: string): Attempt {
  const members = membersOf(value, Object.keys(CHECKS), path);
  for (const [name, member] of Object.entries(members)) {
    const [holds, expected] = CHECKS[name as keyof AttemptInput];
    if (!holds(member)) throw new LocalJobError(`${path}.${name} is not ${expected}: ${JSON.stringify(member)}`);
  }
  return { ...DEFAULT_ATTEMPT, ...members };
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value);
}

function membersOf(value: unknown, known: readonly string[], path: string): Record<string, unknown> {
  const object = objectOf(value, path);
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new LocalJobError(`${path} has no member ${unknown}; it may have ${known.join(', ')}`);
  }
  return object;
}

function objectOf(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new LocalJobError(`${path} is not an object`);
  }
  return value as Record<string, unknown>;
}
