/** `npm run bench:control`: the API calls of one of the autoscaler's ticks, by how many jobs wait. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BatchClient, SubmitJobCommand } from '@aws-sdk/client-batch';
import { type ReferenceApp, referenceApp } from '../cli/demo/reference-app';
import { referenceProject, synthesize } from '../cli/demo/synthesize';
import { createLocalAws, type LocalAws } from '../local/local-aws';
import type { CallRecord } from '../local/wire/call-log';
import { LOCAL_JOB } from '../workload/local-job';

const MINUTE = 60_000;
/** By then all that can be launched runs, and what waits goes on waiting. */
const SETTLED_MINUTES = 20;
const WATCHED_MINUTES = 10;
const WAITING = [0, 100, 10_000, 100_000];
const JOB = { vcpus: 8, memoryMiB: 16_000 };

process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

interface Mix {
  readonly name: string;
  /** One job in so many asks for a GPU. */
  readonly gpuJobEvery: number;
}
const MIXES: readonly Mix[] = [
  { name: 'CPU jobs, and a GPU pool that nobody needs', gpuJobEvery: Infinity },
  { name: 'one job in ten needs a GPU', gpuJobEvery: 10 },
];

async function main(): Promise<void> {
  const assembly = mkdtempSync(join(tmpdir(), 'control-'));
  try {
    await synthesize(referenceProject(), assembly);
    for (const mix of MIXES) {
      console.log(`${mix.name}:`);
      for (const waiting of WAITING) console.log(`  ${await measured(assembly, waiting, mix)}`);
    }
  } finally {
    rmSync(assembly, { recursive: true });
  }
}

async function measured(assembly: string, jobs: number, mix: Mix): Promise<string> {
  const aws = createLocalAws();
  const [stack] = await aws.deploy(assembly);
  const app = referenceApp(stack!);
  if (jobs > 0) await submit(aws, app, jobs + jobsThatRun(app), mix);
  const ticks: CallRecord[][] = [[]];
  aws.calls.onCall((record) => {
    // Lambda itself writes the log.
    if (record.functionName !== undefined && record.service !== 'logs') ticks.at(-1)!.push(record);
  });
  for (let minute = 0; minute < SETTLED_MINUTES + WATCHED_MINUTES; minute++) {
    await aws.virtualClock!.advance(MINUTE);
    ticks.push([]);
  }
  const watched = ticks.slice(SETTLED_MINUTES, SETTLED_MINUTES + WATCHED_MINUTES);
  const waiting = [...aws.services.batch.jobs()].filter(({ status }) => status === 'RUNNABLE').length;
  const calls = watched.flat().length / WATCHED_MINUTES;
  return `${waiting} RUNNABLE jobs: ${calls} calls a tick (${byOperation(watched.flat())})${whileTheyCome(ticks[0]!)}`;
}

/** Each look asks for the groups once; where nothing comes, there may be none. */
function whileTheyCome(records: readonly CallRecord[]): string {
  const looks = records.filter(({ operation }) => operation === 'DescribeAutoScalingGroups').length;
  return looks === 0 ? '' : `; ${(records.length / looks).toFixed(1)} a look while they come`;
}

/** As many CPU jobs as all instances hold that may be launched for them. */
function jobsThatRun({ pools }: ReferenceApp): number {
  const held = pools
    .filter(({ capacity }) => capacity.gpus === 0)
    .map(({ capacity, maxInstances }) => maxInstances * Math.floor(capacity.vcpus / JOB.vcpus));
  return held.reduce((sum, count) => sum + count, 0);
}

/** Jobs that outlast the measurement. */
async function submit(aws: LocalAws, app: ReferenceApp, jobs: number, { gpuJobEvery }: Mix): Promise<void> {
  const batch = aws.client(BatchClient);
  const work = JSON.stringify({ attempts: [{ runSeconds: 86_400 }] });
  for (let index = 0; index < jobs; index++) {
    const gpu = index % gpuJobEvery === gpuJobEvery - 1;
    await batch.send(
      new SubmitJobCommand({
        jobName: `job-${index}`,
        jobQueue: index % 10 === 0 ? app.urgentQueue : app.normalQueue,
        jobDefinition: gpu ? app.gpuJobDefinition : app.cpuJobDefinition,
        containerOverrides: {
          environment: [{ name: LOCAL_JOB, value: work }],
          resourceRequirements: [
            { type: 'VCPU', value: `${JOB.vcpus}` },
            { type: 'MEMORY', value: `${JOB.memoryMiB}` },
            ...(gpu ? [{ type: 'GPU' as const, value: '1' }] : []),
          ],
        },
      }),
    );
  }
}

function byOperation(records: readonly CallRecord[]): string {
  const counts = new Map<string, number>();
  for (const { service, operation } of records) {
    const name = `${service}:${operation}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${count / WATCHED_MINUTES}`)
    .join(', ');
}

void main();
