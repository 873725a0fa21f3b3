import type { SubmitJobCommandInput } from '@aws-sdk/client-batch';
import type { LocalAws } from '../../local/local-aws';
import type { Workload, WorkloadJob } from '../../workload/job';
import { LOCAL_JOB } from '../../workload/local-job';
import type { LocalJobInput } from '../../workload/local-job';
import type { Played, Progress } from '../play/play';
import { play } from '../play/play';
import type { ReferenceApp } from './reference-app';

/** One job in so many is urgent. */
const URGENT_EVERY = 10;

/** Submits a workload to the deployed reference app and runs the virtual clock until all is over. */
export function runWorkload(
  aws: LocalAws,
  app: ReferenceApp,
  { jobs }: Workload,
  onProgress: (progress: Progress) => void,
): Promise<Played> {
  const submissions = jobs.map((job, index) => ({
    at: job.arrival,
    request: submission(job, app, index % URGENT_EVERY === URGENT_EVERY - 1),
  }));
  const queueName = (queue: string) => (queue === app.urgentQueue ? 'urgent' : 'normal');
  return play(aws, { submissions, fleets: app.pools, queueName }, onProgress);
}

/** Every tenth job goes to the urgent queue. */
function submission(job: WorkloadJob, app: ReferenceApp, urgent: boolean): SubmitJobCommandInput {
  const { gpus } = job;
  return {
    jobName: job.name,
    jobQueue: urgent ? app.urgentQueue : app.normalQueue,
    jobDefinition: gpus > 0 ? app.gpuJobDefinition : app.cpuJobDefinition,
    containerOverrides: overridesOf(job),
  };
}

/** What a job of a trace asks for, and plays. */
export function overridesOf({ run, vcpus, memoryMiB, gpus }: WorkloadJob): SubmitJobCommandInput['containerOverrides'] {
  const work: LocalJobInput = { attempts: [{ runSeconds: run }] };
  return {
    environment: [{ name: LOCAL_JOB, value: JSON.stringify(work) }],
    resourceRequirements: [
      { type: 'VCPU', value: `${vcpus}` },
      { type: 'MEMORY', value: `${memoryMiB}` },
      ...(gpus > 0 ? [{ type: 'GPU' as const, value: `${gpus}` }] : []),
    ],
  };
}
