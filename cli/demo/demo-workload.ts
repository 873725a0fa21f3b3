import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Chance } from '../../workload/distributions';
import type { LargestInstances, Workload } from '../../workload/job';
import { daysOf, TraceError } from '../../workload/job';
import { generate } from '../../workload/lublin-feitelson';
import { readJsonl } from '../../workload/jsonl';
import { readOpenb } from '../../workload/openb';
import { readSwf } from '../../workload/swf';
import { UsageError } from '../command/errors';
import type { DemoOptions } from './options';

/** As many as a busy cluster gets, and few enough to watch. */
const GENERATED_JOBS_A_DAY = 300;
const GENERATED_GPU_SHARE = 0.1;

const READERS = { swf: readSwf, openb: readOpenb, jsonl: readJsonl };
const UNLIMITED = { vcpus: Infinity, memoryMiB: Infinity, gpus: Infinity };
const DAY_SECONDS = 86_400;

/** A workload that is cut to the instances once they are known. */
export interface DemoWorkload {
  readonly title: string;
  cutTo(largest: LargestInstances): Workload;
}

/** @throws UsageError when there is no such trace, it is no such trace, or the days are not in it */
export function demoWorkload({ trace, days }: Pick<DemoOptions, 'trace' | 'days'>, chance: Chance): DemoWorkload {
  if (trace === undefined) {
    return {
      title: `${days === 1 ? 'a day' : `${days} days`} drawn after the Lublin–Feitelson model`,
      cutTo: (largest) =>
        generate({ jobs: GENERATED_JOBS_A_DAY * days, days, gpuShare: GENERATED_GPU_SHARE, largest }, chance),
    };
  }
  const { file, format, fromDay } = trace;
  const text = readText(file);
  const cutTo = (largest: LargestInstances): Workload => daysOf(READERS[format](text, largest), fromDay, days);
  // Read once before anything is deployed, so that a bad trace is told of at once.
  const whole = asUsage(file, () => READERS[format](text, { cpu: UNLIMITED, gpu: UNLIMITED }));
  if (whole.jobs.length === 0) throw new UsageError(`${file} has no jobs that run`);
  const lastDay = Math.floor(whole.jobs.at(-1)!.arrival / DAY_SECONDS);
  if (fromDay > lastDay) throw new UsageError(`--from-day ${fromDay}: ${file} has days 0 to ${lastDay}`);
  const dayNames = days === 1 ? `day ${fromDay}` : `days ${fromDay} to ${fromDay + days - 1}`;
  if (daysOf(whole, fromDay, days).jobs.length === 0) throw new UsageError(`no job of ${file} arrives on ${dayNames}`);
  return { title: `${basename(file)}, ${dayNames}`, cutTo };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--trace: ${(error as Error).message}`);
  }
}

function asUsage(file: string, read: () => Workload): Workload {
  try {
    return read();
  } catch (error) {
    if (error instanceof TraceError) throw new UsageError(`${file}: ${error.message}`);
    throw error;
  }
}
