import type { Amounts, LargestInstances, Workload, WorkloadJob } from './job';
import { clamp, exceeds, fromFirstArrival, instanceFor, processorsOfPieces, TraceError } from './job';

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
  let split = 0;
  let clamped = 0;
  text.split('\n').forEach((line, index) => {
    const content = line.trim();
    if (content === '' || content.startsWith(';')) return;
    const fields = numbers(content, index + 1);
    const run = fields[FIELD.run]!;
    const requested = fields[FIELD.requestedProcessors]!;
    const processors = requested > 0 ? requested : fields[FIELD.usedProcessors]!;
    if (run <= 0 || processors <= 0) return;

    const instance = instanceFor(0, largest);
    const pieces = processorsOfPieces(processors, instance.vcpus);
    if (pieces.length > 1) split++;
    pieces.forEach((vcpus, piece) => {
      const request: Amounts = { vcpus, memoryMiB: memoryMiB(fields[FIELD.usedMemoryKiB]!, vcpus), gpus: 0 };
      if (exceeds(request, instance)) clamped++;
      jobs.push({
        name: pieces.length > 1 ? `${fields[FIELD.id]}-${piece}` : `${fields[FIELD.id]}`,
        arrival: fields[FIELD.submit]!,
        run,
        ...clamp(request, instance),
      });
    });
  });
  return { jobs: fromFirstArrival(jobs), split, clamped };
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
