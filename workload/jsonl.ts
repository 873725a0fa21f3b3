import type { LargestInstances, Workload, WorkloadJob } from './job';
import { clamp, fromFirstArrival, instanceFor, piecesOf, TraceError } from './job';

const NUMBERS = ['arrival', 'run', 'vcpus', 'memoryMiB', 'gpus'] as const;

/**
 * Reads one JSON object a line: `{"arrival": 0, "run": 60, "vcpus": 1, "memoryMiB": 2048, "gpus": 0}`, times in seconds.
 * Jobs larger than an instance are cut into pieces, unless they ask for GPUs: those are clamped.
 */
export function readJsonl(text: string, largest: LargestInstances): Workload {
  const jobs: WorkloadJob[] = [];
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const job = jobOf(line, index + 1);
    if (job.run <= 0) return;
    const instance = instanceFor(job.gpus, largest);
    for (const piece of piecesOf(job.name, job.vcpus, job.gpus > 0 ? Infinity : instance.vcpus)) {
      const memoryMiB = Math.ceil((job.memoryMiB * piece.vcpus) / job.vcpus);
      jobs.push({ ...job, ...piece, ...clamp({ vcpus: piece.vcpus, memoryMiB, gpus: job.gpus }, instance) });
    }
  });
  return fromFirstArrival(jobs);
}

function jobOf(line: string, lineNumber: number): WorkloadJob {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new TraceError(`Line ${lineNumber}: not a JSON object`);
  }
  const fields = (value ?? {}) as Record<string, unknown>;
  for (const name of NUMBERS) {
    const field = fields[name];
    if (typeof field !== 'number' || !Number.isFinite(field) || field < 0) {
      throw new TraceError(`Line ${lineNumber}: ${name} is ${JSON.stringify(field)}, expected a number of at least 0`);
    }
  }
  if (fields.vcpus === 0) throw new TraceError(`Line ${lineNumber}: vcpus is 0, expected at least 1`);
  const { arrival, run, vcpus, memoryMiB, gpus } = fields as Record<(typeof NUMBERS)[number], number>;
  const name = typeof fields.name === 'string' ? fields.name : `${lineNumber}`;
  return { name, arrival, run, vcpus, memoryMiB, gpus };
}
