import type { Observation } from '../model';
import { explainPending } from './pending';
import { explainWaiting } from './waiting';
import type { Explanation, JobObservation } from './model';

/** A job's explanation, but for what its own state adds. */
type Findings = Pick<Explanation, 'why' | 'nextStep'> & Partial<Explanation>;

/**
 * What holds a job, and what to do about it.
 *
 * @param observation of its queue and those that share environments with it; needed for what waits in RUNNABLE
 */
export function explain(job: JobObservation, observation: Observation | undefined, now: number): Explanation {
  const { jobId, name, state, queueArn, shape, dependencies, statusReason } = job;
  return {
    jobId,
    name,
    state,
    jobQueue: queueArn,
    requests: shape,
    lacks: [],
    instances: [],
    reasons: [],
    environments: [],
    dependencies,
    batchSays: statusReason,
    ...findingsOn(job, observation, now),
  };
}

function findingsOn(job: JobObservation, observation: Observation | undefined, now: number): Findings {
  switch (job.state) {
    case 'SUBMITTED':
      return {
        why: 'AWS Batch has taken it in, and has not looked at it yet.',
        nextStep: 'Wait: that takes seconds. If it does not, look at https://health.aws.amazon.com/',
      };
    case 'PENDING':
      return waitsThroughChildren(job) && observation ? explainWaiting(job, observation, now) : explainPending(job);
    case 'RUNNABLE':
      return observation ? explainWaiting(job, observation, now) : unknownWaiting();
    case 'STARTING':
      return explainStarting(job);
    case 'RUNNING':
      return { why: `It runs since ${timeInWords(job.startedAt)}.`, nextStep: 'None: it waits for nothing.' };
    case 'SUCCEEDED':
    case 'FAILED':
      return { why: `It has ended${quoted(job.statusReason)}.`, nextStep: 'None: it waits for nothing.' };
  }
}

/** The parent of an array is PENDING while its children wait and run. */
export function waitsThroughChildren({ state, children, dependencies }: JobObservation): boolean {
  const mayRun = dependencies.every((dependency) => dependency.state === undefined || dependency.state === 'SUCCEEDED');
  return state === 'PENDING' && mayRun && (children?.RUNNABLE ?? 0) > 0;
}

function unknownWaiting(): Findings {
  return { why: 'It waits for room, of which nothing is known here.', nextStep: 'Ask again.' };
}

function explainStarting({ host }: JobObservation): Findings {
  if (!host) {
    return {
      why: 'It has its place, and its task is being started.',
      nextStep:
        'Wait: the image is pulled. If that takes long, see whether the subnets lead to the registry, and whether the execution role may pull.',
    };
  }
  const { instanceId, agentConnected } = host;
  if (!agentConnected) {
    return {
      why: `It has its place on ${instanceId}, whose ECS agent is not connected: nobody is there to start it.`,
      nextStep: `Restart the ECS agent on ${instanceId} or terminate the instance; terminate the job, so that it is tried again elsewhere.`,
    };
  }
  return {
    why: `It has its place on ${instanceId}, which pulls its image and starts its container.`,
    nextStep: `Wait. If it takes long, look at /var/log/ecs/ecs-agent.log on ${instanceId}: a large image, a registry that cannot be reached, or a full disk.`,
  };
}

function timeInWords(time: number | undefined): string {
  return time === undefined ? 'a moment ago' : new Date(time).toISOString();
}

function quoted(statusReason: string | undefined): string {
  return statusReason === undefined ? '' : `: ${statusReason}`;
}
