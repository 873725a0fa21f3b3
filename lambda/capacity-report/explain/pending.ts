import type { Dependency, Explanation, JobObservation } from './model';

/** Which of the jobs that it depends on have not succeeded, or which of its children are where. */
export function explainPending(job: JobObservation): Pick<Explanation, 'why' | 'nextStep'> {
  const { dependencies, children, cancelled } = job;
  const [failed] = dependencies.filter(({ state }) => state === 'FAILED');
  if (failed) {
    return {
      why: `${inWords(failed)}, on which it depends, has failed: AWS Batch fails it too.`,
      nextStep: `See why ${failed.jobId} has failed, and submit both again.`,
    };
  }
  const open = dependencies.filter(({ state }) => state !== undefined && state !== 'SUCCEEDED');
  const [first] = open;
  if (!first) return children ? explainChildren(children) : withoutDependencies(dependencies);
  const waits = `${open.length} of the ${dependencies.length} jobs on which it depends: ${listed(open)}`;
  if (cancelled) {
    return {
      why: `It has been cancelled, and ends once its dependencies have. It waits for ${waits}.`,
      nextStep: `Wait for ${first.jobId}, or cancel or terminate that too.`,
    };
  }
  const next =
    first.state === 'RUNNING'
      ? `Wait for ${first.jobId}, which runs.`
      : `See what holds ${first.jobId}: ask for that job.`;
  return { why: `It waits for ${waits}.`, nextStep: next };
}

function explainChildren(children: NonNullable<JobObservation['children']>): Pick<Explanation, 'why' | 'nextStep'> {
  const states = Object.entries(children).filter(([, count]) => count > 0);
  const counts = states.map(([state, count]) => `${count} ${state}`).join(', ');
  return {
    why: `It is an array, which stays PENDING until all of its children have ended: ${counts}.`,
    nextStep: 'Wait, or ask for a child: the array’s id, a colon, and the index of the child.',
  };
}

/** What is no longer known ended more than a week ago. */
function withoutDependencies(dependencies: readonly Dependency[]): Pick<Explanation, 'why' | 'nextStep'> {
  const why =
    dependencies.length === 0
      ? 'It depends on no other job: AWS Batch is about to make it RUNNABLE.'
      : 'All jobs on which it depends have ended well, as far as they are known: AWS Batch is about to make it RUNNABLE.';
  return { why, nextStep: 'Wait: that takes seconds.' };
}

/** More are counted, not named. */
const MOST_NAMED = 5;

function listed(open: readonly Dependency[]): string {
  const more = open.length - MOST_NAMED;
  return `${open.slice(0, MOST_NAMED).map(inWords).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function inWords({ jobId, name, state }: Dependency): string {
  return `${name === undefined ? '' : `${name} `}${jobId} (${state ?? 'not known any more'})`;
}
