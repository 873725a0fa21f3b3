/** What people who mean harm have written, on the terminal and in the report. */
import { render } from '../../cli/why/render';
import { report } from '../../cli/lineage/report';
import { printableLine } from '../../cli/terminal/printable';
import type { ReportContent } from '../../cli/report/model';
import { page } from '../../cli/report/page';
import type { Explanation } from '../../lambda/capacity-report/explain/model';
import type { Lineage } from '../../lambda/job-retries/lineage';
import { HOSTILE } from './hostile-words';

/** What a terminal takes for more than a letter; lines are ours. */
const CONTROLS = /[^\P{C}\n]/u;
const WORDS = Object.entries(HOSTILE);

// Packages have the objects of the process, the files of a test those of Jest's sandbox.
afterEach(() => {
  for (const prototype of [Object.prototype, Object.getPrototypeOf(Error.prototype) as object]) {
    expect(Object.keys(prototype)).toEqual([]);
    expect(Object.keys(prototype.constructor)).toEqual([]);
  }
});

test.each(WORDS)('what npm run why says of a job called %s moves no cursor', (_, word) => {
  const explanation = {
    jobId: word,
    name: word,
    state: 'RUNNABLE',
    jobQueue: `arn:aws:batch:x:y:job-queue/${word}`,
    why: word,
    nextStep: word,
    batchSays: word,
    instances: [],
    environments: [],
  } as unknown as Explanation;
  expect(render(explanation)).not.toMatch(CONTROLS);
});

test.each(WORDS)('what npm run lineage says of jobs with %s moves no cursor, and adds no line', (_, word) => {
  const submission = {
    attempt: 1,
    jobId: word,
    jobQueue: word,
    submittedAt: 0,
    endedAt: 1,
    cause: 'FAILURE',
    reason: word,
  };
  const final = { why: 'ATTEMPTS', message: word };
  const lineage = { jobName: word, root: word, status: 'FINAL', final, history: [submission] } as unknown as Lineage;
  const text = report({ jobId: word, lineage });
  expect(text).not.toMatch(CONTROLS);
  expect(text.split('\n')).toHaveLength(3);
  expect(report({ jobId: word, job: { jobName: word, status: 'FAILED' } as never })).not.toMatch(/[^\P{C}]/u);
});

test('text that means no harm stays as it is', () => {
  expect(printableLine('Prüfung 東京 😀 "a" \\ $x')).toBe('Prüfung 東京 😀 "a" \\ $x');
});

test.each(WORDS)('a report with %s wherever somebody writes something runs nothing and loads nothing', (_, word) => {
  const amounts = { vcpus: 1, memoryMiB: 1, gpus: 1 };
  const jobs = { SUBMITTED: 0, PENDING: 0, RUNNABLE: 1, STARTING: 0, RUNNING: 1 };
  const sample = { jobs, instances: { [word]: 1 }, offered: amounts, used: amounts, short: amounts };
  const content: ReportContent = {
    title: word,
    subtitle: word,
    facts: [{ name: word, value: word }],
    samples: [0, 60_000].map((time) => ({ ...sample, time })),
    waits: [{ name: word, seconds: [1, 2] }],
    waitPercentiles: [{ name: word, p50: 1, p95: 2, p99: 3 }],
    costs: { unit: 'dollars', bounds: { work: 1, zeroWait: 2 }, costs: [{ name: word, cost: 3, own: true }] },
    timeline: { title: word, spans: [{ row: word, state: 'running', from: 0, to: 1000 }] },
  };
  const html = page(content);
  expect(html.match(/<svg /g)!.length).toBeGreaterThan(5);
  // Words in the value of an attribute are words.
  const tags = html.replace(/"[^"]*"/g, '""');
  expect(tags).not.toMatch(/<script|<img|<iframe|<object|<[^>]*\son\w+=/i);
  expect(html.match(/<title>[^<]*<\/title>/g)).toHaveLength(1);
});
