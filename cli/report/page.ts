import { writeFileSync } from 'node:fs';
import { UsageError } from '../command/errors';
import type { Chart } from './chart';
import { drawing } from './chart';
import type { Fact, ReportContent } from './model';
import { charts } from './charts';
import { colour, colourStyles } from './palette';

const STYLES = `
*{box-sizing:border-box}
body{margin:0;background:var(--surface);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:1400px;margin:0 auto;padding:20px 16px 48px}
h1{font-size:1.5rem;margin:0 0 4px}
h2{font-size:1.05rem;margin:0 0 8px}
p{margin:0;color:var(--muted)}
dl{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0}
dl div{flex:1 0 auto;min-width:110px;max-width:min(100%,400px);background:var(--card);border-radius:8px;padding:10px 14px}
dt{color:var(--muted);font-size:.85rem}
dd{margin:0;font-size:1.05rem;font-variant-numeric:tabular-nums}
dd.bad{color:var(--bad)}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:16px;align-items:start}
figure{margin:0;background:var(--card);border-radius:8px;padding:14px}
figcaption{color:var(--muted);font-size:.9rem;margin-top:6px}
.legend{display:flex;flex-wrap:wrap;gap:2px 14px;margin:0 0 4px;padding:0;list-style:none;font-size:.85rem}
.legend i{display:inline-block;width:12px;height:12px;margin-right:6px;border-radius:3px;vertical-align:-1px}
svg{display:block;margin:0 auto}
`;

/** @throws UsageError when it cannot be written */
export function writePage(file: string, content: ReportContent): void {
  try {
    writeFileSync(file, page(content));
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new UsageError(`--report: ${error.message}`);
    throw error;
  }
}

/** One HTML file that needs nothing else: no network, no script, and it prints as it looks. */
export function page(content: ReportContent): string {
  const { title, subtitle, facts } = content;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style>
${colourStyles()}${STYLES}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
<p>${escaped(subtitle)}</p>
<dl>
${facts.map(factRow).join('\n')}
</dl>
<div class="charts">
${charts(content).map(figure).join('\n')}
</div>
</main>
</body>
</html>
`;
}

function factRow({ name, value, bad }: Fact): string {
  return `<div><dt>${escaped(name)}</dt><dd${bad ? ' class="bad"' : ''}>${escaped(value)}</dd></div>`;
}

function figure(chart: Chart): string {
  const { title, caption } = chart;
  return `<figure>
<h2>${escaped(title)}</h2>
${legendList(chart)}<div role="img" aria-label="${escaped(`${title}. ${caption}`)}">${drawing(chart)}</div>
<figcaption>${escaped(caption)}</figcaption>
</figure>`;
}

function legendList({ legend = [] }: Chart): string {
  const entries = legend.map(
    (entry) => `<li><i style="background:${colour(entry.colour)}"></i>${escaped(entry.name)}</li>`,
  );
  return entries.length === 0 ? '' : `<ul class="legend">${entries.join('')}</ul>\n`;
}

/** Names of jobs, pools and queues are other people's words. */
function escaped(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}
