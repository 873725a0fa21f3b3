import { parse } from 'csv-parse/sync';
import type { Amounts, LargestInstances, Workload, WorkloadJob } from './job';
import { clamp, fromFirstArrival, instanceFor, TraceError } from './job';

const COLUMNS = [
  'name',
  'cpu_milli',
  'memory_mib',
  'num_gpu',
  'gpu_milli',
  'creation_time',
  'deletion_time',
  'scheduled_time',
] as const;
type Row = Readonly<Record<(typeof COLUMNS)[number], string>>;

/**
 * Reads a pod list of the Alibaba cluster trace GPU v2023. Batch shares no GPU between jobs: a fraction counts as one.
 *
 * @see https://github.com/alibaba/clusterdata/tree/master/cluster-trace-gpu-v2023
 */
export function readOpenb(text: string, largest: LargestInstances): Workload {
  const jobs: WorkloadJob[] = [];
  rows(text).forEach((row, index) => {
    const number = (column: (typeof COLUMNS)[number]): number => {
      const value = Number(row[column]);
      if (row[column] === '' || Number.isNaN(value)) {
        throw new TraceError(`Row ${index + 2}: ${column} is ${JSON.stringify(row[column])}, expected a number`);
      }
      return value;
    };
    const arrival = number('creation_time');
    const scheduled = row.scheduled_time === '' ? arrival : number('scheduled_time');
    const run = number('deletion_time') - scheduled;
    if (run <= 0) return;

    const gpus = number('num_gpu') > 0 ? number('num_gpu') : number('gpu_milli') > 0 ? 1 : 0;
    const instance = instanceFor(gpus, largest);
    const request: Amounts = { vcpus: Math.ceil(number('cpu_milli') / 1000), memoryMiB: number('memory_mib'), gpus };
    jobs.push({ name: row.name, arrival, run, ...clamp(request, instance) });
  });
  return fromFirstArrival(jobs);
}

function rows(text: string): Row[] {
  let records: Row[];
  try {
    records = parse(text, { columns: true, skip_empty_lines: true });
  } catch (error) {
    throw new TraceError(`Not a list of pods: ${(error as Error).message}`);
  }
  const missing = COLUMNS.filter((column) => !(column in (records[0] ?? {})));
  if (missing.length > 0) throw new TraceError(`Not a list of pods: no column ${missing.join(', ')}`);
  return records;
}
