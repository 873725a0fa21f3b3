import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { compare } from '../../bench/compare';
import type { Kind } from '../../bench/simulation/pool';
import { kindsOf, largestInstances } from '../../bench/simulation/pool';
import type { Workload } from '../../workload/job';
import { TraceError } from '../../workload/job';
import { readJsonl } from '../../workload/jsonl';
import { readOpenb } from '../../workload/openb';
import { readSwf } from '../../workload/swf';
import { UsageError } from '../command/errors';
import type { SimulateOptions } from './options';
import { table } from './table';
import { writePage } from '../report/page';
import { simulationReport } from '../report/simulation-report';

const READERS = { swf: readSwf, openb: readOpenb, jsonl: readJsonl };

/**
 * @returns what to print
 * @throws UsageError
 */
export function simulate(options: SimulateOptions): string {
  const kinds = kindsOf(options.pool);
  const { jobs, split, clamped } = read(options, kinds);
  const comparison = compare(jobs, kinds, options.policy, options);
  const trace = basename(options.trace);
  const counts = `${jobs.length} jobs (${split} cut into pieces, ${clamped} clamped to the instance)`;
  if (options.report !== undefined) writePage(options.report, simulationReport(`${trace}: ${counts}`, comparison));
  if (options.json) return JSON.stringify({ trace, jobs: jobs.length, ...comparison });
  return `${trace}: ${counts}\n${table(comparison)}`;
}

function read({ trace, format }: SimulateOptions, kinds: readonly Kind[]): Workload {
  try {
    const workload = READERS[format](readFileSync(trace, 'utf8'), largestInstances(kinds));
    if (workload.jobs.length === 0) throw new UsageError(`${trace} has no jobs that run`);
    return workload;
  } catch (error) {
    if (error instanceof TraceError) throw new UsageError(`${trace}: ${error.message}`);
    if (error instanceof Error && 'syscall' in error) throw new UsageError(`--trace: ${error.message}`);
    throw error;
  }
}
