/** The report page: complete in itself, safe with other people's words, every chart drawn. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { charts } from '../../../cli/report/charts';
import type { ReportContent, Sample } from '../../../cli/report/model';
import { page } from '../../../cli/report/page';

const START = Date.UTC(2026, 0, 1);

function sampleAt(minute: number, running: number): Sample {
  const amounts = (count: number) => ({ vcpus: count, memoryMiB: count * 2048, gpus: count });
  return {
    time: START + minute * 60_000,
    jobs: { SUBMITTED: 0, PENDING: 1, RUNNABLE: 2, STARTING: 1, RUNNING: running },
    instances: { cpu: running, gpu: 1 },
    offered: amounts(running + 2),
    used: amounts(running),
    short: amounts(minute === 1 ? 3 : 0),
  };
}

const CONTENT: ReportContent = {
  title: 'A run',
  subtitle: 'of <script>alert(1)</script> & others',
  facts: [{ name: 'Failed', value: '2 "jobs"', bad: true }],
  samples: [sampleAt(0, 0), sampleAt(1, 4), sampleAt(2, 2)],
  waits: [
    { name: 'normal', seconds: [0, 5, 90, 4000] },
    { name: 'never ran', seconds: [] },
  ],
  waitPercentiles: [{ name: 'foreman', p50: 5, p95: 90, p99: 95 }],
  costs: { unit: 'dollars', bounds: { work: 10, zeroWait: 11 }, costs: [{ name: 'this run', cost: 12, own: true }] },
  timeline: {
    title: 'A job with two attempts',
    spans: [
      { row: 'attempt 1', state: 'waiting', from: START, to: START + 60_000 },
      { row: 'attempt 1', state: 'failed', from: START + 60_000, to: START + 90_000 },
      { row: 'attempt 2', state: 'succeeded', from: START + 120_000, to: START + 300_000 },
    ],
  },
};

const html = page(CONTENT);

test('each thing that there is to show has its chart, and nothing else', () => {
  const titles = charts(CONTENT).map(({ title }) => title);
  expect(titles).toEqual([
    'Jobs by state',
    'Instances by pool',
    'vCPUs in use',
    'Memory, GiB in use',
    'GPUs in use',
    'Short by',
    'Waits',
    'Waits',
    'Cost',
    'One job',
  ]);
  expect(html.match(/<svg /g)).toHaveLength(titles.length);
  expect(charts({ title: '', subtitle: '', facts: [] })).toEqual([]);
});

test('it needs no network and runs no script', () => {
  const addresses = html.match(/(?:https?:)?\/\/[^\s"'<)]+/g) ?? [];
  // Names of XML's languages, which nobody fetches.
  expect(new Set(addresses)).toEqual(new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']));
  expect(html).not.toMatch(/<script|<link rel="stylesheet|@import|\son\w+=/);
});

test('what colours stand for is said beside each chart that has several', () => {
  const legends = [...html.matchAll(/<h2>(.*?)<\/h2>\n<ul class="legend">(.*?)<\/ul>/g)];
  const named = legends.map(([, title, list]) => [
    title,
    ...[...list!.matchAll(/<\/i>(.*?)<\/li>/g)].map(([, name]) => name),
  ]);
  expect(named).toEqual([
    ['Jobs by state', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'],
    ['Instances by pool', 'cpu', 'gpu'],
    ['vCPUs in use', 'offered', 'in use'],
    ['Memory, GiB in use', 'offered', 'in use'],
    ['GPUs in use', 'offered', 'in use'],
    ['Short by', 'vCPUs', 'Memory, GiB', 'GPUs'],
    ['Waits', 'normal'],
    ['Waits', 'p50', 'p95', 'p99'],
    ['One job', 'waiting', 'failed', 'succeeded'],
  ]);
});

test('words of others stay words', () => {
  expect(html).toContain('of &lt;script&gt;alert(1)&lt;/script&gt; &amp; others');
  expect(html).toContain('<dd class="bad">2 &quot;jobs&quot;</dd>');
  const named = page({ ...CONTENT, waits: [{ name: '<b>mine', seconds: [1] }] });
  expect(named).toContain('</i>&lt;b&gt;mine</li>');
  expect(named).not.toContain('<b>mine');
});

test('colours are those of the page, so that it is dark where the reader wants it dark', () => {
  const named = new Set([...html.matchAll(/var\(--(\w+)\)/g)].map(([, name]) => name));
  for (const name of named) expect(html.match(new RegExp(`--${name}:#`, 'g'))).toHaveLength(2);
  expect(named.size).toBeGreaterThan(5);
});

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

if (!CHROMIUM) process.stdout.write('SKIPPED the report in a browser: Chromium is not installed\n');
(CHROMIUM ? test : test.skip)('a browser draws every chart and complains of nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'report-'));
  try {
    const file = join(folder, 'report.html');
    const measure = `<script>
      const boxes = [...document.querySelectorAll('svg')].map((svg) => svg.getBBox());
      document.body.style.width = '390px';
      const letters = [...document.querySelectorAll('svg text')].map((text) =>
        parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a);
      document.title = JSON.stringify({ drawn: boxes.filter(({ width, height }) => width > 100 && height > 50).length,
        wide: document.documentElement.scrollWidth, smallest: Math.min(...letters) });
    </script>`;
    writeFileSync(file, html.replace('</body>', `${measure}</body>`));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
    const dom = execFileSync(
      CHROMIUM!,
      [...flags, `--user-data-dir=${folder}/profile`, '--window-size=390,844', '--dump-dom', `file://${file}`],
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const [, found] = /<title>(.*?)<\/title>/.exec(dom)!;
    const { drawn, wide, smallest } = JSON.parse(found!) as Readonly<Record<string, number>>;
    expect(drawn).toBe(charts(CONTENT).length);
    // Nothing sticks out of a phone's screen; headless Chromium's narrowest window is 500.
    expect(wide).toBeLessThanOrEqual(500);
    // Pixels of a phone's screen.
    expect(smallest).toBeGreaterThan(9);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
