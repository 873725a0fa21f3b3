import type { Resources } from '../../../lib/capacity/config';
import { arrayParentId } from '../../batch/jobs';
import { lacksOf } from '../amounts';
import { distance } from '../amounts';
import type { Observation, Shortage, WaitingGroup } from '../model';
import { type Assessment, place } from '../placement';
import { reasonsIn } from '../reasons';
import { hasWaitedLong, shortagesOf } from '../report';
import { roomsNow, type Supply } from '../supply';
import { lackInWords, nextStep, reasonInWords } from '../words';
import type { EnvironmentView, Explanation, JobObservation } from './model';

type Findings = Pick<Explanation, 'why' | 'nextStep'> & Partial<Explanation>;

/** What a job that waits for room lacks, given those that come before it. */
export function explainWaiting(job: JobObservation, observation: Observation, now: number): Findings {
  const { shape, queueArn } = job;
  if (!shape) {
    return {
      why: 'It waits for room. It is no single task (multi-node parallel, or on EKS), for which room is not reckoned here.',
      nextStep:
        'Read what AWS Batch says of it, and see whether its environments may have the instances that it asks for.',
    };
  }
  const queue = observation.queues.find(({ arn }) => arn === queueArn);
  if (!queue) return { why: 'Its queue is not there any more.', nextStep: 'Submit it to another queue.' };
  const upToIt = upTo(job, { ...shape, submittedAt: job.submittedAt }, observation);
  const placement = place({ ...observation, waiting: upToIt });
  const assessment = placement.assessments.at(-1)!;
  const shortages = shortagesOf(queue, [assessment], placement, now);
  const ahead = placement.assessments.slice(0, -1).filter(({ supplies }) => sharesWith(supplies, assessment));
  return {
    ...(shortages.length > 0 ? shortageFindings(shortages) : roomFindings(assessment, job, now)),
    ahead: ahead.reduce((sum, { group: { count } }) => sum + count, 0),
    environments: assessment.supplies.map((supply) => viewOf(supply, assessment)),
  };
}

/** What waits, up to the job. One that has not been listed, because there are too many, comes last in its queue. */
function upTo(
  { jobId, queueArn, statusReason, children }: JobObservation,
  { resources, tokens, submittedAt }: Pick<WaitingGroup, 'resources' | 'tokens' | 'submittedAt'>,
  { waiting, queues }: Observation,
): readonly WaitingGroup[] {
  const its = (group: WaitingGroup): boolean =>
    group.jobId === jobId || group.jobId === arrayParentId(jobId) || arrayParentId(group.jobId) === jobId;
  const index = waiting.findIndex((group) => group.queueArn === queueArn && its(group));
  if (index >= 0) return waiting.slice(0, index + 1);
  const order = queues.map(({ arn }) => arn);
  const before = waiting.filter((group) => order.indexOf(group.queueArn) <= order.indexOf(queueArn));
  const count = children?.RUNNABLE ?? 1;
  return [...before, { queueArn, jobId, resources, tokens, submittedAt, statusReason, count }];
}

function sharesWith(supplies: readonly Supply[], assessment: Assessment): boolean {
  return supplies.some((supply) => assessment.supplies.includes(supply));
}

function shortageFindings(shortages: readonly Shortage[]): Findings {
  const lacks = shortages.flatMap((shortage) => shortage.lacks);
  const reasons = shortages.flatMap((shortage) => shortage.reasons);
  const sentences = [...lacks.map(lackInWords), ...reasons.map(reasonInWords)];
  return {
    why: sentences.map((sentence) => `${sentence[0]!.toUpperCase()}${sentence.slice(1)}.`).join(' '),
    nextStep: shortages.map(nextStep).join(' '),
    lacks,
    reasons,
    instances: shortages.flatMap(({ instances }) => instances),
  };
}

function roomFindings(assessment: Assessment, job: JobObservation, now: number): Findings {
  const { ready, coming, group } = assessment;
  if (ready > 0) {
    return {
      why: 'There is room for it: AWS Batch is about to start it.',
      nextStep: hasWaitedLong({ ...group, submittedAt: job.submittedAt }, now)
        ? 'Wait a minute and ask again. If it still has room and does not start, a job before it may hold the queue, or placement constraints of its own do.'
        : 'Wait: that takes seconds.',
    };
  }
  if (coming > 0)
    return { why: 'It waits for an instance that boots and will hold it.', nextStep: 'Wait some minutes.' };
  return {
    why: 'It waits for an instance to be launched, which nothing speaks against.',
    nextStep: 'Wait some minutes.',
  };
}

function viewOf(supply: Supply, { group: { resources } }: Assessment): EnvironmentView {
  const { environment } = supply;
  const { name, kind, enabled, valid, instances, pools, maxVcpus = 0, vcpusInUse } = environment;
  const inState = (state: string) => instances.filter((instance) => instance.state === state);
  const ready = inState('ready');
  const nearest = [...roomsNow(supply)].sort((a, b) => distance(resources, a) - distance(resources, b)).slice(0, 1);
  const limits = pools.flatMap(({ environmentMaximum }) => environmentMaximum ?? []);
  const fargate = { vcpus: Math.max(0, maxVcpus - vcpusInUse), memoryMiB: 0, gpus: 0 };
  return {
    name,
    kind,
    enabled,
    valid,
    instances: {
      ready: ready.length,
      draining: inState('draining').length,
      disconnected: inState('disconnected').length,
      booting: pools.reduce((sum, { booting }) => sum + booting, 0),
    },
    registered: kind === 'fargate' ? { ...fargate, vcpus: maxVcpus } : sumOf(ready.map(({ registered }) => registered)),
    free: kind === 'fargate' ? fargate : sumOf(ready.map(({ remaining }) => remaining)),
    pools: pools.map(({ name: pool, live, max }) => ({ name: pool, instances: live, max })),
    maxVcpus: kind === 'unmanaged' ? limits[0] : maxVcpus,
    lacks: lacksOf([{ resources, jobs: 1 }], nearest),
    reasons: reasonsIn(supply, resources),
  };
}

function sumOf(list: readonly Resources[]): Resources {
  return list.reduce(
    (sum, { vcpus, memoryMiB, gpus }) => ({
      vcpus: sum.vcpus + vcpus,
      memoryMiB: sum.memoryMiB + memoryMiB,
      gpus: sum.gpus + gpus,
    }),
    { vcpus: 0, memoryMiB: 0, gpus: 0 },
  );
}
