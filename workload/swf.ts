import type { LargestInstances, Workload, WorkloadJob } from './job';
import { clamp, fromFirstArrival, instanceFor, piecesOf, TraceError } from './job';

/** Positions in a line of the Standard Workload Format. */
const FIELD = { id: 0, submit: 1, run: 3, usedProcessors: 4, usedMemoryKiB: 6, requestedProcessors: 7 } as const;
const FIELDS = 18;

/** What jobs get beyond what they were seen to use, since a job that meets its memory limit is killed. */
const MEMORY_HEADROOM = 1.2;
const LEAST_MEMORY_MIB = 256;
const MEMORY_MIB_PER_VCPU_WHEN_UNKNOWN = 2048;

/**
 * Reads the Standard Workload Format. Jobs larger than an instance are cut into pieces, each with the memory of its own
 * processors.
 *
 * @see https://www.cs.huji.ac.il/labs/parallel/workload/swf.html
 */
export function readSwf(text: string, largest: LargestInstances): Workload {
  const jobs: WorkloadJob[] = [];
  text.split('\n').forEach((line, index) => {
    const content = line.trim();
    if (content === '' || content.startsWith(';')) return;
    const fields = numbers(content, index + 1);
    const run = fields[FIELD.run]!;
    const requested = fields[FIELD.requestedProcessors]!;
    const processors = requested > 0 ? requested : fields[FIELD.usedProcessors]!;
    if (run <= 0 || processors <= 0) return;

    const instance = instanceFor(0, largest);
    for (const piece of piecesOf(`${fields[FIELD.id]}`, processors, instance.vcpus)) {
      const memory = memoryMiB(fields[FIELD.usedMemoryKiB]!, piece.vcpus);
      const request = clamp({ vcpus: piece.vcpus, memoryMiB: memory, gpus: 0 }, instance);
      jobs.push({ ...piece, arrival: fields[FIELD.submit]!, run, ...request });
    }
  });
  return fromFirstArrival(jobs);
}

function numbers(line: string, lineNumber: number): number[] {
  const fields = line.split(/\s+/).map(Number);
  if (fields.length < FIELDS || fields.some((field) => Number.isNaN(field))) {
    throw new TraceError(`Line ${lineNumber}: expected ${FIELDS} numbers, as the Standard Workload Format has`);
  }
  return fields;
}

function memoryMiB(usedKiBPerProcessor: number, processors: number): number {
  if (usedKiBPerProcessor <= 0) return MEMORY_MIB_PER_VCPU_WHEN_UNKNOWN * processors;
  return Math.max(LEAST_MEMORY_MIB, Math.ceil((usedKiBPerProcessor * processors * MEMORY_HEADROOM) / 1024));
}
