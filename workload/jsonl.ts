import type { LargestInstances, Workload, WorkloadJob } from './job';
import { clamp, exceeds, fromFirstArrival, instanceFor, processorsOfPieces, TraceError } from './job';

const NUMBERS = ['arrival', 'run', 'vcpus', 'memoryMiB', 'gpus'] as const;

/**
 * Reads one JSON object a line: `{"arrival": 0, "run": 60, "vcpus": 1, "memoryMiB": 2048, "gpus": 0}`, times in seconds.
 * Jobs larger than an instance are cut into pieces, unless they ask for GPUs: those are clamped.
 */
export function readJsonl(text: string, largest: LargestInstances): Workload {
  const jobs: WorkloadJob[] = [];
  let split = 0;
  let clamped = 0;
  text.split('\n').forEach((line, index) => {
    if (line.trim() === '') return;
    const job = jobOf(line, index + 1);
    if (job.run <= 0) return;
    const instance = instanceFor(job.gpus, largest);
    const pieces = job.gpus > 0 ? [job.vcpus] : processorsOfPieces(job.vcpus, instance.vcpus);
    if (pieces.length > 1) split++;
    pieces.forEach((vcpus, piece) => {
      const request = { vcpus, memoryMiB: Math.ceil((job.memoryMiB * vcpus) / job.vcpus), gpus: job.gpus };
      if (exceeds(request, instance)) clamped++;
      const name = pieces.length > 1 ? `${job.name}-${piece}` : job.name;
      jobs.push({ ...job, name, ...clamp(request, instance) });
    });
  });
  return { jobs: fromFirstArrival(jobs), split, clamped };
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
