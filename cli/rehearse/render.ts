import type { FargateUse } from '../cost/fargate';
import { factLine, report } from '../demo/report';
import type { Summary } from '../demo/summary';
import type { Terminal } from '../demo/terminal';
import { amount, duration } from '../demo/units';
import type { Fleet, Played, Refusal } from '../play/play';
import { type CostUnit, costInWords, type Fact } from '../report/model';
import { type Beside, costFacts } from '../report/run-report';
import { printableLine } from '../terminal/printable';
import type { Lack } from './shortage';
import { jobsInWords } from './words';

/** A job that waits for what will not come. */
export interface Stuck {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly status: string;
  /** Of the first of each queue. */
  readonly why?: string;
  readonly nextStep?: string;
}

/** What `--json` prints. */
export interface Rehearsed {
  readonly stacks: readonly { readonly name: string; readonly resources: number }[];
  readonly workload: string;
  readonly summary: Summary;
  /** Of instances. */
  readonly cost: { readonly amount: number; readonly unit: CostUnit };
  /** Absent where nothing ran on Fargate. */
  readonly fargate?: FargateUse;
  /** Bounds and other policies on the same jobs, in the same unit; absent where nothing ran on instances. */
  readonly comparison?: Beside;
  readonly lacks: readonly Lack[];
  readonly stuck: readonly Stuck[];
  /** Jobs that AWS Batch did not take. */
  readonly refused: readonly Refusal[];
}

/** What happened, for a person. */
export function render(rehearsed: Rehearsed, record: Played, fleets: readonly Fleet[], terminal: Terminal): string {
  const { stacks, workload, summary, stuck, cost, comparison } = rehearsed;
  const line = (name: string, value: string) => factLine({ name, value }, terminal);
  return [
    line(
      stacks.length === 1 ? 'Stack' : 'Stacks',
      stacks.map(({ name, resources }) => `${name} (${resources} resources)`).join(', '),
    ),
    line('Workload', workload),
    '',
    report(record, summary, fleets, terminal),
    '',
    ...[...costFacts(cost.amount, cost.unit, comparison), ...factsOf(rehearsed)].map((fact) =>
      factLine(fact, terminal),
    ),
    ...stuck
      .filter(({ why }) => why !== undefined)
      .flatMap(({ name, status, why, nextStep }) => [
        line('', printableLine(`${name} is ${status}: ${why}`)),
        line('', printableLine(nextStep!)),
      ]),
  ].join('\n');
}

/** What a report says beside what it says of every run. */
export function factsOf({ lacks, stuck, refused, fargate }: Rehearsed): Fact[] {
  const short = lacks.length > 0 ? lacks.map(lackInWords).join('; ') : 'nothing, once instances had booted';
  return [
    ...(fargate ? [{ name: 'On Fargate', value: fargateInWords(fargate) }] : []),
    { name: 'Short of', value: short },
    ...(refused.length > 0 ? [{ name: 'Refused', value: jobsInWords(refused.length), bad: true }] : []),
    ...(stuck.length > 0 ? [{ name: 'Stuck', value: `${jobsInWords(stuck.length)} for ever`, bad: true }] : []),
  ];
}

/** Without prices, what they are to be asked for by. */
function fargateInWords({ vcpuHours, gbHours, dollars }: FargateUse): string {
  const hours = (value: number) => value.toLocaleString('en-US', { maximumFractionDigits: 2 });
  const cost = dollars === undefined ? 'in dollars with --price' : costInWords(dollars, 'dollars');
  return `${hours(vcpuHours)} vCPU hours, ${hours(gbHours)} GB hours: ${cost}`;
}

function lackInWords({ resource, most, seconds }: Lack): string {
  const what =
    resource === 'VCPU'
      ? `${amount(most)} vCPU`
      : resource === 'GPU'
        ? `${amount(most)} GPU`
        : `${amount(Math.ceil(most / 1024))} GiB`;
  return `up to ${what}, for ${duration(seconds)} in all`;
}
