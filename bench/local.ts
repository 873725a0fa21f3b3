/**
 * What the local AWS can take: 10,000 jobs submitted one by one and 100 arrays of 1,000 run to their end; and, with
 * `--assembly cdk.out`, a week in which nothing happens to the deployed app.
 */
import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  RegisterJobDefinitionCommand,
  SubmitJobCommand,
} from '@aws-sdk/client-batch';
import { Command } from 'commander';
import { createLocalAws } from '../local/local-aws';
import type { LocalAws } from '../local/local-aws';

const JOBS = 10_000;
const ARRAYS = 100;
const ARRAY_SIZE = 1_000;
const DAY = 86_400_000;

// V8 would let garbage take as much room as what lives; `npm run local` is held to the same.
setFlagsFromString('--heap-growing-percent=30');
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

async function main(): Promise<void> {
  const { assembly } = new Command('npm run bench:local --')
    .option('--assembly <directory>', 'a synthesized app that is left idle for a week')
    .parse()
    .opts<{ assembly?: string }>();
  const jobs = await measured(manyJobs);
  console.log(`${JOBS} jobs and ${ARRAYS} arrays of ${ARRAY_SIZE}: ${jobs}`);
  if (assembly !== undefined) console.log(`an idle week of ${assembly}: ${await measured(() => idleWeek(assembly))}`);
}

async function measured(work: () => Promise<string>): Promise<string> {
  const start = performance.now();
  const startOfCpu = process.cpuUsage();
  const outcome = await work();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(startOfCpu);
  const cpuSeconds = (user + system) / 1e6;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  return `${seconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of processor), peak memory of the process ${peakMb.toFixed(0)} MB, ${outcome}`;
}

async function manyJobs(): Promise<string> {
  const aws = createLocalAws();
  const batch = aws.client(BatchClient);
  await prepare(aws, batch);
  const job = { jobQueue: 'queue', jobDefinition: 'job' };
  for (let i = 0; i < JOBS; i++) await batch.send(new SubmitJobCommand({ ...job, jobName: `job-${i}` }));
  for (let i = 0; i < ARRAYS; i++) {
    const array = { jobName: `array-${i}`, arrayProperties: { size: ARRAY_SIZE } };
    await batch.send(new SubmitJobCommand({ ...job, ...array }));
  }
  const unfinished = (): number =>
    [...aws.services.batch.jobs()].filter(({ stoppedAt }) => stoppedAt === undefined).length;
  const start = aws.clock.now();
  while (unfinished() > 0) await aws.virtualClock!.advance(3_600_000);
  const hours = (aws.clock.now() - start) / 3_600_000;
  const succeeded = [...aws.services.batch.jobs()].filter(({ status }) => status === 'SUCCEEDED').length;
  return `${succeeded} succeeded within ${hours} virtual hours`;
}

async function prepare(aws: LocalAws, batch: BatchClient): Promise<void> {
  await batch.send(
    new CreateComputeEnvironmentCommand({
      computeEnvironmentName: 'environment',
      type: 'MANAGED',
      computeResources: {
        type: 'EC2',
        instanceTypes: ['c5.24xlarge'],
        minvCpus: 0,
        maxvCpus: 96 * 100,
        subnets: ['subnet-1'],
        securityGroupIds: ['sg-1'],
        instanceRole: 'instance-profile',
      },
    }),
  );
  await aws.virtualClock!.advance(60_000);
  await batch.send(
    new CreateJobQueueCommand({
      jobQueueName: 'queue',
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: 'environment' }],
    }),
  );
  await batch.send(
    new RegisterJobDefinitionCommand({
      jobDefinitionName: 'job',
      type: 'container',
      containerProperties: {
        image: 'image',
        command: ['true'],
        resourceRequirements: [
          { type: 'VCPU', value: '1' },
          { type: 'MEMORY', value: '1024' },
        ],
      },
    }),
  );
  await aws.virtualClock!.advance(60_000);
}

async function idleWeek(assembly: string): Promise<string> {
  const aws = createLocalAws();
  await aws.deploy(assembly);
  await aws.virtualClock!.advance(7 * DAY);
  const calls = Object.values(aws.calls.counts()).flatMap((operations) => Object.values(operations));
  return `${calls.reduce((sum, count) => sum + count, 0)} API calls`;
}

void main();
