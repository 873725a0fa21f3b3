import { createHash } from 'node:crypto';
import type { WorkflowConfig } from '../../lib/workflow/config';

/** What people, schedules and triggers ask of a workflow's function. */
export type WorkflowRequest =
  | { readonly start: StartRequest }
  | { readonly cancel: { readonly runId: string; readonly reason?: string } }
  | { readonly status: { readonly runId: string } };

export interface StartRequest {
  /** The workflow's name, for whoever wants to be sure. */
  readonly workflow?: string;
  /** Asked twice with the same, there is one run. Every call starts one when it is left out. */
  readonly key?: string;
  /** ISO 8601. */
  readonly scheduledTime?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

const LONGEST_KEY = 80;

/**
 * The id of a run: the same for the same key.
 *
 * @param key any text
 */
export function runIdOf(workflow: string, key: string): string {
  const readable = key.replace(/[^\w-]+/g, '-').slice(0, LONGEST_KEY);
  if (readable === key) return `${workflow}-${key}`;
  // What had to be changed must not become another's.
  return `${workflow}-${readable.slice(0, LONGEST_KEY - 13)}-${digest(key)}`;
}

/** For a run that nobody has given a key. */
export function newKey(now: Date, random: () => number): string {
  const time = now.toISOString().replace(/\.\d+/, '').replace(/[-:]/g, '');
  return `${time}-${Math.floor(random() * 2 ** 32)
    .toString(16)
    .padStart(8, '0')}`;
}

/** @throws Error that says what is wrong with it */
export function checkStart(
  request: StartRequest,
  { workflow, requiredParameters }: Pick<WorkflowConfig, 'workflow' | 'requiredParameters'>,
): void {
  const { workflow: asked = workflow, key, scheduledTime, parameters = {} } = request;
  if (asked !== workflow) throw new Error(`start.workflow is ${JSON.stringify(asked)}; this function runs ${workflow}`);
  if (key !== undefined && (typeof key !== 'string' || key === '')) {
    throw new Error(`start.key is ${JSON.stringify(key)}; it must be a text that is not empty`);
  }
  if (scheduledTime !== undefined && Number.isNaN(Date.parse(scheduledTime))) {
    throw new Error(`start.scheduledTime is ${JSON.stringify(scheduledTime)}; it must be an ISO 8601 time`);
  }
  if (typeof parameters !== 'object' || parameters === null || Array.isArray(parameters)) {
    throw new Error(`start.parameters is ${JSON.stringify(parameters)}; it must be an object`);
  }
  const [wrong] = Object.entries(parameters).filter(([, value]) => typeof value !== 'string');
  if (wrong) throw new Error(`start.parameters.${wrong[0]} is ${JSON.stringify(wrong[1])}; it must be a text`);
  const missing = requiredParameters.find((name) => !Object.hasOwn(parameters, name));
  if (missing !== undefined)
    throw new Error(`start.parameters.${missing} is missing; each run has to be started with it`);
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
