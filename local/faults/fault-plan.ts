/** Which faults are to happen; the document that `POST /_local/faults` takes. Probabilities are between 0 and 1. */
export interface FaultPlan {
  /** The same seed gives the same faults. @default 1 */
  readonly seed?: number;
  /** API calls refused as throttled: probability by `service:Operation`, `service:*` or `*`. */
  readonly throttle?: Rates;
  /** API calls that fail with the service's internal error, nothing done. */
  readonly fail?: Rates;
  /** API calls that are done but whose caller is told that they failed. */
  readonly loseAnswer?: Rates;
  /** Reads answered as the same question was answered the last time. */
  readonly stale?: Rates;
  /** API calls held until everything else that is due at the same instant, other invocations too, has run. */
  readonly yield?: Rates;
  /** API calls that take time. */
  readonly delay?: Readonly<Record<string, DelayFault>>;
  /** Functions that die instead of making their n-th API call, counted from 1 when the plan is set: `[name, n]`. */
  readonly crash?: readonly (readonly [functionName: string, call: number])[];
  /** By how many seconds the clocks of functions are ahead, or behind when negative, by name. */
  readonly clock?: Readonly<Record<string, number>>;
  readonly events?: EventFaultPlan;
  /** The error with which EC2 refuses launches, by Auto Scaling group or compute environment, or `*`. */
  readonly launch?: Readonly<Record<string, string>>;
  /** Auto Scaling groups or compute environments, or `*`, whose instances never register with their cluster. */
  readonly neverRegister?: readonly string[];
  /** Instances that Spot takes back now. */
  readonly reclaim?: readonly string[];
  /** Probability that a snapshot which is begun ends in `error`. */
  readonly failSnapshots?: number;
}

export type Rates = Readonly<Record<string, number>>;

export interface DelayFault {
  readonly probability: number;
  readonly seconds: number;
}

export interface EventFaultPlan {
  /** Probability of being lost. */
  readonly lose?: number;
  /** Probability of being delivered twice. */
  readonly double?: number;
  /** Each delivery is late by up to this. */
  readonly delaySeconds?: number;
  /** Probability of being overtaken by later events. */
  readonly reorder?: number;
}

/** @throws Error that names what is wrong where. */
export function parseFaultPlan(document: unknown): FaultPlan {
  const plan = object(document, 'the plan');
  const known = Object.keys(READERS);
  for (const key of Object.keys(plan)) {
    if (!known.includes(key)) throw new Error(`"${key}" is not a fault; there are: ${known.join(', ')}`);
  }
  return Object.fromEntries(
    Object.entries(plan).map(([key, value]) => [key, READERS[key as keyof FaultPlan](value, key)]),
  );
}

type Reader<T> = (value: unknown, path: string) => T;

const READERS: { readonly [K in keyof Required<FaultPlan>]: Reader<FaultPlan[K]> } = {
  seed: wholeNumber,
  throttle: rates,
  fail: rates,
  loseAnswer: rates,
  stale: rates,
  yield: rates,
  delay: (value, path) =>
    byCall(value, path, (entry, at) => {
      const { probability: rate, seconds, ...rest } = object(entry, at);
      refuseMore(rest, at, 'probability, seconds');
      return { probability: probability(rate, `${at}.probability`), seconds: duration(seconds, `${at}.seconds`) };
    }),
  crash: crashes,
  clock: (value, path) => record(value, path, seconds),
  events: (value, path) => {
    const { lose, double, delaySeconds, reorder, ...rest } = object(value, path);
    refuseMore(rest, path, 'lose, double, delaySeconds, reorder');
    return {
      lose: optional(lose, `${path}.lose`, probability),
      double: optional(double, `${path}.double`, probability),
      delaySeconds: optional(delaySeconds, `${path}.delaySeconds`, duration),
      reorder: optional(reorder, `${path}.reorder`, probability),
    };
  },
  launch: (value, path) => record(value, path, text),
  neverRegister: texts,
  reclaim: texts,
  failSnapshots: probability,
};

const CALL_PATTERN = /^(\*|[a-z0-9]+:(\*|[A-Z]\w*))$/;

function rates(value: unknown, path: string): Rates {
  return byCall(value, path, probability);
}

function byCall<T>(value: unknown, path: string, read: Reader<T>): Readonly<Record<string, T>> {
  const table = record(value, path, read);
  const wrong = Object.keys(table).find((key) => !CALL_PATTERN.test(key));
  if (wrong === undefined) return table;
  throw new Error(`${path}: "${wrong}" is not of the form service:Operation, service:* or *`);
}

function record<T>(value: unknown, path: string, read: Reader<T>): Readonly<Record<string, T>> {
  const entries = Object.entries(object(value, path));
  return Object.fromEntries(entries.map(([key, entry]) => [key, read(entry, `${path}["${key}"]`)]));
}

function crashes(value: unknown, path: string): NonNullable<FaultPlan['crash']> {
  if (!Array.isArray(value)) throw new Error(`${path} must be [function, n] or a list of such pairs`);
  const pairs = typeof value[0] === 'string' ? [value] : (value as unknown[]);
  return pairs.map((pair, index) => {
    const at = `${path}[${index}]`;
    if (!Array.isArray(pair) || pair.length !== 2) throw new Error(`${at} must be [function, n]`);
    const [name, call] = pair as unknown[];
    const number = wholeNumber(call, `${at}[1]`);
    if (number < 1) throw new Error(`${at}[1] must be at least 1, the first call`);
    return [text(name, `${at}[0]`), number] as const;
  });
}

function object(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${path} must be an object`);
  return value as Record<string, unknown>;
}

function refuseMore(rest: object, path: string, known: string): void {
  const [more] = Object.keys(rest);
  if (more !== undefined) throw new Error(`${path}: "${more}" is not known here; there are: ${known}`);
}

function optional<T>(value: unknown, path: string, read: Reader<T>): T | undefined {
  return value === undefined ? undefined : read(value, path);
}

function probability(value: unknown, path: string): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new Error(`${path} must be a probability between 0 and 1, not ${JSON.stringify(value)}`);
}

function duration(value: unknown, path: string): number {
  if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) return value;
  throw new Error(`${path} must be a number of seconds, 0 or more, not ${JSON.stringify(value)}`);
}

function seconds(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new Error(`${path} must be a number of seconds, not ${JSON.stringify(value)}`);
}

function wholeNumber(value: unknown, path: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw new Error(`${path} must be a whole number, not ${JSON.stringify(value)}`);
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`${path} must be a string, not ${JSON.stringify(value)}`);
}

function texts(value: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.map((item, index) => text(item, `${path}[${index}]`));
  throw new Error(`${path} must be a list of strings`);
}
