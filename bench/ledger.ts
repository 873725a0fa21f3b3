/**
 * `npm run bench:ledger`: what JobLedger and JobTimeouts cost: writes and calls of a job's life, how fast events are
 * recorded, how large the bundles are and how long they load, and what a month costs in which nothing happens.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { bundles } from './ledger/bundles';
import { idleMonth, LARGEST_COST } from './ledger/idle-month';
import { jobLives, MOST_CALLS, MOST_WRITES } from './ledger/job-lives';
import { recording } from './ledger/recording';
import { synthesizeExample } from './ledger/stack';

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const PARTS = ['jobs', 'recording', 'bundles', 'idle'];

async function main(): Promise<void> {
  const { jobs, only } = new Command('npm run bench:ledger --')
    .option('--jobs <number>', 'how many jobs live', '10000')
    .option('--only <part>', `one of ${PARTS.join(', ')}`)
    .parse()
    .opts<{ jobs: string; only?: string }>();
  const wanted = (part: string) => only === undefined || only === part;
  const assembly = mkdtempSync(join(tmpdir(), 'ledger-'));
  const missed: string[] = [];
  try {
    synthesizeExample('job-timeouts', assembly);
    if (wanted('jobs')) {
      for (const arrival of ['all at once', 'evenly over two hours'] as const) {
        const { writes, calls, text } = await jobLives(assembly, Number(jobs), arrival);
        console.log(text);
        if (writes > MOST_WRITES) missed.push(`${writes} writes a job`);
        if (calls > MOST_CALLS) missed.push(`${calls} calls a job`);
      }
    }
    if (wanted('recording')) console.log(await recording(assembly));
    if (wanted('bundles')) for (const line of await bundles()) console.log(line);
    if (wanted('idle')) {
      const { dollars, lines } = await idleMonth(assembly);
      for (const line of lines) console.log(line);
      if (dollars > LARGEST_COST) missed.push(`${dollars} USD for an idle month`);
    }
  } finally {
    rmSync(assembly, { recursive: true });
  }
  if (missed.length > 0) {
    console.error(`Too much: ${missed.join('; ')}`);
    process.exitCode = 1;
  }
}

void main();
