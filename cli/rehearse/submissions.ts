import type { SubmitJobCommandInput } from '@aws-sdk/client-batch';
import type { Amounts } from '../../workload/job';
import {
  type AttemptInput,
  LOCAL_JOB,
  type LocalJobInput,
  LocalJobError,
  parseLocalJob,
} from '../../workload/local-job';
import { UsageError } from '../command/errors';
import type { Submission } from '../play/play';
import { find } from './addresses';
import type { Definition, Queue, RehearsedApp } from './app';

/** One line of a file of submissions. What is left out is the definition's, or the only one there is. */
interface Line {
  /** Seconds after the beginning. */
  readonly at: number;
  readonly queue?: string;
  readonly job?: string;
  readonly name?: string;
  /** In a queue of fair shares. */
  readonly share?: string;
  /** Seconds; of one attempt that succeeds. */
  readonly run?: number;
  /** What each attempt does, as LOCAL_JOB has it. */
  readonly attempts?: readonly AttemptInput[];
  readonly count?: number;
  readonly arraySize?: number;
  readonly vcpus?: number;
  readonly memoryMiB?: number;
  readonly gpus?: number;
  readonly parameters?: Readonly<Record<string, string>>;
}

const NUMBERS = ['at', 'run', 'count', 'arraySize', 'vcpus', 'memoryMiB', 'gpus'] as const;
const TEXTS = ['queue', 'job', 'name', 'share'] as const;
/** Of jobs of which nobody has said whose share they take. */
const DEFAULT_SHARE = 'rehearsal';
const OTHERS = ['attempts', 'parameters'] as const;
const MEMBERS: readonly string[] = [...NUMBERS, ...TEXTS, ...OTHERS];

/**
 * Reads a file of submissions, one JSON object a line.
 *
 * @throws UsageError that names the line
 */
export function readSubmissions(text: string, app: RehearsedApp): Submission[] {
  const submissions = text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    try {
      return submissionsOf(lineOf(line), app, index + 1);
    } catch (error) {
      if (error instanceof UsageError || error instanceof LocalJobError) {
        throw new UsageError(`Line ${index + 1}: ${error.message}`);
      }
      throw error;
    }
  });
  return submissions.sort((a, b) => a.at - b.at);
}

function lineOf(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError('not a JSON object');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new UsageError('not a JSON object');
  const line = { at: 0, ...value } as Record<string, unknown>;
  const unknown = Object.keys(line).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no member ${unknown}; there are ${MEMBERS.join(', ')}`);
  for (const name of NUMBERS) {
    const number = line[name];
    const least = name === 'at' || name === 'gpus' ? 0 : 1;
    if (number === undefined || (typeof number === 'number' && Number.isFinite(number) && number >= least)) continue;
    throw new UsageError(`${name} is ${JSON.stringify(number)}, expected a number of at least ${least}`);
  }
  for (const name of TEXTS) {
    if (line[name] === undefined || typeof line[name] === 'string') continue;
    throw new UsageError(`${name} is ${JSON.stringify(line[name])}, expected a text`);
  }
  if (line.run !== undefined && line.attempts !== undefined)
    throw new UsageError('run and attempts exclude each other');
  return line as unknown as Line;
}

function submissionsOf(line: Line, app: RehearsedApp, number: number): Submission[] {
  const definition = named('job', app.definitions, line.job);
  const queue = named('queue', app.queues, line.queue);
  const { at, run, count = 1, arraySize, parameters, name = `${definition.label}-${number}` } = line;
  const { vcpus, memoryMiB, gpus } = line;
  const attempts = line.attempts ?? (run === undefined ? undefined : [{ runSeconds: run }]);
  return Array.from({ length: count }, (_, index) => {
    // Attempts of retries are counted on.
    const work: LocalJobInput = { key: `line-${number}-${index}`, ...(attempts && { attempts }) };
    parseLocalJob(JSON.stringify(work));
    const jobName = (count > 1 ? `${name}-${index}` : name).replace(/[^\w-]/g, '-');
    const request = requestFor(queue, definition, jobName, work, { vcpus, memoryMiB, gpus });
    return {
      at,
      request: {
        ...request,
        ...(line.share !== undefined && { shareIdentifier: line.share }),
        ...(parameters && { parameters }),
        ...(arraySize !== undefined && arraySize > 1 && { arrayProperties: { size: arraySize } }),
      },
    };
  });
}

function named<A extends Queue | Definition>(what: 'job' | 'queue', all: readonly A[], text: string | undefined): A {
  if (text !== undefined) return find(what === 'job' ? 'job definition' : what, all, text);
  if (all.length === 1) return all[0]!;
  throw new UsageError(`${what} is missing: there are ${all.map(({ label }) => label).join(', ') || 'none'}`);
}

/** @param amounts in the place of the definition's; those of a definition with several containers are its main one's */
export function requestFor(
  queue: Queue,
  { arn, containers }: Definition,
  jobName: string,
  work: LocalJobInput,
  { vcpus, memoryMiB, gpus }: Partial<Amounts> = {},
): SubmitJobCommandInput {
  const resourceRequirements = [
    ...(vcpus === undefined ? [] : [{ type: 'VCPU' as const, value: `${vcpus}` }]),
    ...(memoryMiB === undefined ? [] : [{ type: 'MEMORY' as const, value: `${memoryMiB}` }]),
    ...(gpus ? [{ type: 'GPU' as const, value: `${gpus}` }] : []),
  ];
  const override = {
    environment: [{ name: LOCAL_JOB, value: JSON.stringify(work) }],
    ...(resourceRequirements.length > 0 && { resourceRequirements }),
  };
  return {
    jobName,
    jobQueue: queue.arn,
    jobDefinition: arn,
    ...(queue.fairShare && { shareIdentifier: DEFAULT_SHARE }),
    ...(containers
      ? { ecsPropertiesOverride: { taskProperties: [{ containers: [{ name: containers[0], ...override }] }] } }
      : { containerOverrides: override }),
  };
}
