/** `npm run bench:autoscaler [-- --traces DIRECTORY]`: writes bench/RESULTS.md. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { compare } from './compare';
import { POLICY_NAMES } from './policies/policies';
import type { Experiment } from './results/experiments';
import { ABLATIONS, GOALS, REFERENCE, SCALE_IN_AFTER, SIZES } from './results/experiments';
import { largestDeviation } from './results/independent';
import { ablationTable, baselineTable, citations, goalTable, type Row } from './results/markdown';
import { readScenarios, type Scenario } from './results/traces';

const { traces } = new Command('bench:autoscaler')
  .description('Measures the autoscaler against others and each of its levers, and writes bench/RESULTS.md.')
  .option('--traces <directory>', 'where the traces are', '../shared/traces')
  .parse()
  .opts<{ traces: string }>();

const scenarios = readScenarios(traces);

function run({ name, run: on }: Experiment): Row {
  return {
    name,
    phases: scenarios.map((scenario) => {
      console.log(`${name}: ${scenario.name}`);
      return on(scenario);
    }),
  };
}

function baselines({ name, jobs, oneShape }: Scenario) {
  console.log(`all policies: ${name}`);
  return compare(jobs, oneShape, POLICY_NAMES, { scheduler: 'backfill', phase: 0, scaleInAfter: SCALE_IN_AFTER });
}

const comparisons = scenarios.map(baselines);
const deviation = largestDeviation(scenarios, comparisons);
const reference = run(REFERENCE);
const goals = GOALS.map(run);
const all = goals[GOALS.indexOf(SIZES)]!;
const ablations = ABLATIONS.map(run);
const kills = [...goals, ...ablations].flatMap(({ phases }) => phases).reduce((sum, phase) => sum + phase.kills, 0);

writeFileSync(
  join(__dirname, 'RESULTS.md'),
  `# What the autoscaler costs, and how long jobs wait

Written by \`npm run bench:autoscaler\`; not edited by hand. \`foreman\` is the decision code that ships. The model, the
baselines and the bounds are those of [\`npm run simulate\`](../docs/command.md); the traces are not part of the project.

${citations(scenarios)}

## One shape of instance

Dollars, and the 95th / 99th percentile of the wait in seconds; ticks at full minutes. UniLu-Gaia and KTH-SP2 run on
instances of 16 vCPUs and 63,000 MiB at $0.768 an hour, openb on 96 vCPUs and 380,000 MiB at $4.608, and 96 vCPUs,
1,140,000 MiB and 8 GPUs at $32.77.

${baselineTable(scenarios, comparisons)}

An independent implementation of the same model gives the same for the bounds and for all policies but
\`foreman\`, which it does not have: of ${deviation.compared} figures, ${deviation.what} differs most, by ${(100 * deviation.part).toFixed(2)} %. Its
figures are in [independent.ts](results/independent.ts).

\`\`\`
npm run -s simulate -- --trace ../shared/traces/UniLu-Gaia-2014-2.swf --format swf \\
  --pool name=cpu,vcpu=16,memory=63000,gpu=0,price=0.768,max=1000 --json
\`\`\`

## Sizes

Cost over that of \`ffd\` with one shape: mean over six phases of the tick (range), then the 95th / 99th percentile of the
wait in the worst phase, and its mean, in seconds. Sizes: ${[
    ...new Set(
      scenarios.map(
        (one) =>
          `${one.sizesInWords} (${scenarios
            .filter((other) => other.sizesInWords === one.sizesInWords)
            .map((other) => other.name)
            .join(', ')})`,
      ),
    ),
  ].join('; ')}.

${goalTable(scenarios, reference, goals)}

Jobs killed by scale-in in all runs of this page: ${kills}.

Wanted of the whole at most: 1.005 with one shape; with sizes 0.985 (UniLu-Gaia), 0.870 (openb) and 0.900 (KTH-SP2); waits
of at most 95 s in 99 of 100 jobs; and 2 % more where the scheduler is strict, that is, where the first job in the queue
that does not fit holds back all others.

## What each lever is worth

What the whole with sizes costs more without one of its levers, over six phases; waits as above. Where the difference is no
larger than the phases differ among themselves it is a tie.

${ablationTable(scenarios, all, ablations)}

- *Sizes*: the plan opens the cheapest instance that holds what is left over.
- *Large instances open to small jobs*: without closing instances in use to jobs that could have a smaller one for
  themselves. A small job that comes late holds a large instance for as long as it runs. The price of closing is waiting:
  a job for which there is room waits for an instance of its own instead.
- *Large instances launched first*: the first to register gets the first job that fits.
- *Booting instances not counted*: what is on its way is launched again.
- *No events*: jobs wait for the minute's tick.
- *Idle before the drain*: the drain itself takes 60 s more. An instance that is drained at once can be taken back.
`,
);
