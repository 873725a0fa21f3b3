/**
 * What this library costs at synthesis: the reference app beside the same resources written with aws-cdk-lib alone, and the
 * package's import beside that of the files of aws-cdk-lib that it loads. Each run is a process of its own, and the two
 * take turns. Times are of the processor; figures are medians.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Synthesis } from './synthesis/report';

const ROOT = join(__dirname, '..');
const RUNS = 15;
const MOST = { timeRatio: 1.1, memoryRatio: 1.1, importMilliseconds: 100 };

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** What is in one list more often than in the other, once for each time. */
function surplus(one: readonly string[], other: readonly string[]): string[] {
  const left = [...other];
  return one.filter((type) => {
    const index = left.indexOf(type);
    if (index !== -1) left.splice(index, 1);
    return index === -1;
  });
}

/** Runs a script of its own process. @returns what it prints, as JSON */
function measured<T>(script: string, ...args: string[]): T {
  const output = execFileSync(process.execPath, [script, ...args], { cwd: ROOT, encoding: 'utf8' });
  return JSON.parse(output) as T;
}

/** An app as JavaScript, with the package as it ships. */
async function compiled(folder: string, name: string): Promise<string> {
  const outfile = join(folder, `${name}.js`);
  await build({
    entryPoints: [join(ROOT, `bench/synthesis/${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['aws-cdk-lib', 'constructs'],
    plugins: [
      {
        name: 'the-package-as-it-ships',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^\.\.\/lib$/ }, () => ({ path: join(ROOT, 'dist/index.js'), external: true })),
      },
    ],
  });
  return outfile;
}

async function synthesis(folder: string): Promise<{ time: number[]; memory: number[] }> {
  const ours = await compiled(folder, 'ours');
  const plain = await compiled(folder, 'plain');
  const runs = Array.from({ length: RUNS }, () => ({
    ours: measured<Synthesis>(ours),
    plain: measured<Synthesis>(plain, join(ROOT, 'assets')),
  }));
  const [first] = runs as [(typeof runs)[number]];
  if (JSON.stringify(first.ours.types) !== JSON.stringify(first.plain.types)) {
    const only = (one: readonly string[], other: readonly string[]) => surplus(one, other).join(', ') || 'nothing';
    const { types: ours } = first.ours;
    const { types: plain } = first.plain;
    throw new Error(`Only in the reference app: ${only(ours, plain)}; only in the plain one: ${only(plain, ours)}`);
  }
  const medians = (of: (one: Synthesis) => number) => [
    median(runs.map((run) => of(run.ours))),
    median(runs.map((run) => of(run.plain))),
  ];
  return { time: medians(({ seconds }) => seconds), memory: medians(({ megabytes }) => megabytes) };
}

/** The files of others that importing the package loads, in order; then the time that they take alone. */
function importing(folder: string): number[] {
  const trace = join(folder, 'trace.js');
  writeFileSync(
    trace,
    `const Module = require('node:module');
     const before = Module._extensions['.js'];
     const files = [];
     Module._extensions['.js'] = function (module, filename) {
       if (filename.includes('node_modules')) files.push(filename);
       return before.apply(this, arguments);
     };
     require(process.argv[2]);
     console.log(JSON.stringify(files));`,
  );
  const timed = join(folder, 'timed.js');
  writeFileSync(
    timed,
    `const files = JSON.parse(process.argv[2]);
     const start = process.cpuUsage();
     for (const file of files) require(file);
     const { user, system } = process.cpuUsage(start);
     console.log(JSON.stringify((user + system) / 1000));`,
  );
  const dist = join(ROOT, 'dist/index.js');
  const theirs = JSON.stringify(measured<string[]>(trace, dist));
  const runs = Array.from({ length: RUNS }, () => ({
    ours: measured<number>(timed, JSON.stringify([dist])),
    plain: measured<number>(timed, theirs),
  }));
  return [median(runs.map(({ ours }) => ours)), median(runs.map(({ plain }) => plain))];
}

async function main(): Promise<void> {
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  // Within the repository, so that the scripts find aws-cdk-lib.
  const folder = mkdtempSync(join(ROOT, '.cache/synth-'));
  try {
    const { time, memory } = await synthesis(folder);
    const imports = importing(folder);
    const [timeRatio, memoryRatio] = [time, memory].map(([ours, plain]) => ours! / plain!) as [number, number];
    const added = imports[0]! - imports[1]!;
    const row = (name: string, [ours, plain]: readonly number[], unit: string, verdict: string) =>
      console.log(`${name.padEnd(10)} ${ours!.toFixed(2)} ${unit}, plainly ${plain!.toFixed(2)} ${unit}: ${verdict}`);
    row('synthesis', time, 's', `${timeRatio.toFixed(3)} times, at most ${MOST.timeRatio}`);
    row('memory', memory, 'MB', `${memoryRatio.toFixed(3)} times, at most ${MOST.memoryRatio}`);
    row('import', imports, 'ms', `${added.toFixed(0)} ms more, at most ${MOST.importMilliseconds}`);
    const holds = timeRatio <= MOST.timeRatio && memoryRatio <= MOST.memoryRatio && added <= MOST.importMilliseconds;
    if (!holds) process.exitCode = 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

void main();
