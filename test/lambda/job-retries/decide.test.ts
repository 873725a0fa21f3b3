import { decide, type FailedJob, firstLineage } from '../../../lambda/job-retries/decide';
import type { Lineage } from '../../../lambda/job-retries/lineage';
import { definition, failed, job, ON_DEMAND, QUEUE, requirements, rule } from './jobs';

const NOW = 1_000_000;
const OOM = { cause: 'OUT_OF_MEMORY' as const, exitCode: 137, reason: 'OutOfMemoryError' };
const FAILURE = { cause: 'FAILURE' as const, exitCode: 1 };
const INTERRUPTION = { cause: 'INTERRUPTION' as const, statusReason: 'Host EC2 (instance i-0) terminated.' };

function config(...rules: ReturnType<typeof rule>[]) {
  const shapes = [[4, 15_000, 0]];
  return { rules, queues: [{ arn: QUEUE, shapes }, { arn: ON_DEMAND }], maxSubmissions: 5 };
}

function failure(parts: Partial<FailedJob> = {}): FailedJob {
  return { job: job(), definition: definition(), failures: [FAILURE], stopped: false, ...parts };
}

/** As after an adoption. */
function next(lineage: Lineage, parts: Partial<Lineage> = {}): Lineage {
  return {
    ...lineage,
    status: 'OPEN',
    attempt: lineage.attempt + 1,
    runs: lineage.runs + 1,
    children: lineage.plan?.children,
    plan: undefined,
    ...parts,
  };
}

test('a failure that a rule is for is followed by a pause and another submission', () => {
  const lineage = decide(
    firstLineage(job()),
    failure(),
    config(rule({ delaySeconds: 60, maxDelaySeconds: 600 })),
    NOW,
    0.5,
  );
  expect(lineage).toMatchObject({ status: 'WAITING', failures: { failure: 1 }, attempt: 1 });
  expect(lineage.plan).toMatchObject({ notBefore: NOW + 30_000, delaySeconds: 30, recreation: false, dependsOn: [] });
  expect(lineage.history).toMatchObject([{ attempt: 1, cause: 'FAILURE', rule: 'failure', exitCode: 1 }]);
});

test('memory doubles, doubles again, comes to the ceiling, and that is the end', () => {
  const rules = config(rule({ name: 'memory', on: { causes: ['OUT_OF_MEMORY'] }, attempts: 10, memoryFactor: 2 }));
  let lineage = firstLineage(job());
  let memory = '2048';
  const seen: string[] = [];
  for (;;) {
    const shown = job({ container: { resourceRequirements: requirements('1', memory) } });
    lineage = decide(lineage, failure({ job: shown, failures: [OOM] }), rules, NOW, 0);
    if (lineage.status === 'FINAL') break;
    const asked = lineage.plan!.request.containerOverrides!.resourceRequirements!;
    memory = asked.find(({ type }) => type === 'MEMORY')!.value!;
    seen.push(memory);
    lineage = next(lineage);
  }
  expect(seen).toEqual(['4096', '8192', '15000']);
  expect(lineage.final).toMatchObject({ why: 'CEILING', message: 'it cannot have more than 15000 MiB and 1 vCPU' });
});

test.each([
  ['no rule is for it', { failures: [INTERRUPTION] }, 'NO_RULE'],
  ['somebody stopped it, whatever the rules', { failures: [FAILURE], stopped: true }, 'STOPPED'],
  ['its definition has gone', { definition: undefined }, 'DEFINITION_GONE'],
  ['its definition has been deregistered', { definition: definition({ status: 'INACTIVE' }) }, 'DEFINITION_GONE'],
  ['it cannot be submitted as it was', { job: job({ eksProperties: {} }) }, 'NOT_RESTORABLE'],
  ['a child failed in a way that no rule is for', { failures: [FAILURE, INTERRUPTION] }, 'NO_RULE'],
])('a failure is final when %s', (_, parts, why) => {
  const lineage = decide(firstLineage(job()), failure(parts), config(rule()), NOW, 0);
  expect(lineage).toMatchObject({ status: 'FINAL', final: { why } });
  expect(lineage.plan).toBeUndefined();
});

test('attempts count the first, and are counted apart by rule', () => {
  const rules = config(rule({ attempts: 2 }), rule({ name: 'gone', on: { causes: ['INTERRUPTION'] }, attempts: 3 }));
  let lineage = firstLineage(job());
  const outcomes = [FAILURE, INTERRUPTION, INTERRUPTION, FAILURE].map((one) => {
    lineage = decide(lineage, failure({ failures: [one] }), rules, NOW, 0);
    const { final } = lineage;
    if (!final) lineage = next(lineage);
    return final?.why;
  });
  expect(outcomes).toEqual([undefined, undefined, undefined, 'ATTEMPTS']);
});

test('all rules together do not run a job more often than its bound, and what others caused does not count', () => {
  const rules = config(rule({ attempts: 100 }));
  const lineage = next(firstLineage(job()), { attempt: 40, runs: 4 });
  expect(decide(lineage, failure(), rules, NOW, 0).status).toBe('WAITING');
  expect(decide({ ...lineage, runs: 5 }, failure(), rules, NOW, 0).final?.why).toBe('SUBMISSIONS');
});

test('a job that was interrupted often enough goes to another queue, those attempts included that AWS Batch repeated', () => {
  const on = { causes: ['INTERRUPTION' as const] };
  const rules = config(rule({ name: 'gone', on, attempts: 9, fallbackQueueArn: ON_DEMAND, fallbackAfter: 2 }));
  const gone = failed({ statusReason: INTERRUPTION.statusReason });
  const once = decide(
    firstLineage(job()),
    failure({ job: job({ attempts: [gone] }), failures: [INTERRUPTION] }),
    rules,
    NOW,
    0,
  );
  expect(once.plan!.request.jobQueue).toBe(QUEUE);
  const twice = decide(
    next(once),
    failure({ job: job({ attempts: [gone] }), failures: [INTERRUPTION] }),
    rules,
    NOW,
    0,
  );
  expect(twice.plan!.request.jobQueue).toBe(ON_DEMAND);
  const natively = failure({ job: job({ attempts: [gone, gone] }), failures: [INTERRUPTION] });
  const atOnce = decide(firstLineage(job()), natively, rules, NOW, 0);
  expect(atOnce.plan).toMatchObject({ request: { jobQueue: ON_DEMAND }, changes: ['queue spot → on-demand'] });
});

test('the limit of an attempt grows, where there is one', () => {
  const rules = config(rule({ timeoutFactor: 3, maxTimeoutSeconds: 1000 }));
  const limited = failure({ job: job({ timeout: { attemptDurationSeconds: 600 } }) });
  const lineage = decide(firstLineage(job()), limited, rules, NOW, 0);
  expect(lineage.plan!.request.timeout).toEqual({ attemptDurationSeconds: 1000 });
  expect(decide(firstLineage(job()), failure(), rules, NOW, 0).plan!.request.timeout).toBeUndefined();
});

describe('a job that failed for what it depended on', () => {
  const waited = job({ attempts: [], startedAt: undefined, dependsOn: [{ jobId: 'a' }] });

  test('is submitted again for that, without a rule, a pause or growth', () => {
    const growing = config(rule({ memoryFactor: 2, delaySeconds: 60, maxDelaySeconds: 60 }));
    const lineage = decide(firstLineage(waited), failure({ job: waited, failures: [] }), growing, NOW, 0.9);
    expect(lineage.plan).toMatchObject({ recreation: true, notBefore: NOW, changes: [], dependsOn: [{ jobId: 'a' }] });
    expect(lineage.failures).toEqual({});
    expect(lineage.history).toMatchObject([{ cause: 'DEPENDENCY' }]);
  });

  test('and then fails itself is retried by rules', () => {
    const first = decide(firstLineage(waited), failure({ job: waited, failures: [] }), config(rule()), NOW, 0);
    const second = decide(next(first, { runs: 1 }), failure(), config(rule()), NOW, 0);
    expect(second).toMatchObject({ status: 'WAITING', failures: { failure: 1 }, plan: { recreation: false } });
  });
});

describe('arrays', () => {
  const array = job({ arrayProperties: { size: 1000 }, dependsOn: [{ jobId: 'a', type: 'N_TO_N' }] });

  test('only what failed is submitted again, by the indexes of the first', () => {
    const three = failure({ job: array, failures: [FAILURE, FAILURE, FAILURE], failedChildren: [999, 17, 230] });
    const first = decide(firstLineage(array), three, config(rule()), NOW, 0);
    expect(first.plan!.children).toEqual({ indexes: [17, 230, 999], size: 1000 });
    expect(first.failures).toEqual({ failure: 1 });
    expect(first.plan!.dependsOn).toEqual(array.dependsOn);
    const shown = job({ arrayProperties: { size: 3 } });
    const second = decide(next(first), failure({ job: shown, failedChildren: [0, 2] }), config(rule()), NOW, 0);
    expect(second.plan!.children).toEqual({ indexes: [17, 999], size: 1000 });
    expect(second.plan!.request.arrayProperties).toEqual({ size: 2 });
  });

  test('one of which all children failed is submitted as it was', () => {
    const failedChildren = Array.from({ length: 1000 }, (_, index) => index);
    const lineage = decide(firstLineage(array), failure({ job: array, failedChildren }), config(rule()), NOW, 0);
    expect(lineage.plan!.children).toBeUndefined();
    expect(lineage.plan!.request.arrayProperties).toEqual({ size: 1000 });
  });

  test('one that never ran again stands for what it stood for', () => {
    const children = { indexes: [3, 7], size: 10 };
    const lineage = { ...firstLineage(array), children };
    const waited = job({
      attempts: [],
      startedAt: undefined,
      arrayProperties: { size: 2 },
      dependsOn: [{ jobId: 'a' }],
    });
    const again = decide(lineage, failure({ job: waited, failures: [] }), config(rule()), NOW, 0);
    expect(again.plan!.children).toEqual(children);
  });
});
