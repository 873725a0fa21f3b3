import type { EnvironmentView, Explanation } from '../../lambda/capacity-report/explain/model';
import { instancesInWords, lackInWords, reasonInWords } from '../../lambda/capacity-report/words';
import type { Resources } from '../../lib/capacity/config';
import { printableLine } from '../terminal/printable';

/** The explanation as text for people. */
export function render(explanation: Explanation): string {
  const { jobId, name, state, jobQueue, why, nextStep, environments, instances, batchSays, ahead = 0 } = explanation;
  const lines = [
    `${name} ${jobId} is ${state} in ${jobQueue.slice(jobQueue.lastIndexOf('/') + 1)}`,
    '',
    ...section('Asks for', requestLines(explanation)),
    ...section('Why', [why]),
    ...section('Before it', ahead > 0 ? [`${ahead} ${ahead === 1 ? 'job' : 'jobs'} that wait too`] : []),
    ...section('Would do', instances.length > 0 ? [instancesInWords(instances)] : []),
    ...section('Next step', [nextStep]),
    ...section('AWS Batch says', batchSays === undefined ? [] : [batchSays]),
    ...environments.flatMap((view) => ['', ...environmentLines(view)]),
  ];
  return lines.map(printableLine).join('\n');
}

const LABEL_WIDTH = 16;

function section(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`);
}

function requestLines({ requests }: Explanation): string[] {
  if (!requests) return [];
  const tokens = requests.tokens.map(
    ({ resource, quantity }) => `${quantity} of ${resource.slice(resource.lastIndexOf('/') + 1)}`,
  );
  return [[amounts(requests.resources), ...tokens].join(', ')];
}

function amounts({ vcpus, memoryMiB, gpus }: Resources): string {
  return `${vcpus} vCPU, ${memoryMiB} MiB${gpus > 0 ? `, ${gpus} GPU` : ''}`;
}

function environmentLines(view: EnvironmentView): string[] {
  const { name, kind, enabled, valid, pools, maxVcpus, lacks, reasons } = view;
  const state = [kind, ...(enabled ? [] : ['disabled']), ...(valid ? [] : ['not valid'])].join(', ');
  return [
    `${name} (${state})`,
    ...section('  has', [hasWords(view)]),
    ...section('  limits', [
      ...(maxVcpus === undefined ? [] : [`${maxVcpus} vCPUs in all`]),
      ...pools.map((pool) => `${pool.name}: ${pool.instances} of ${pool.max} instances`),
    ]),
    ...section('  lacks', lacks.map(lackInWords)),
    ...section('  because', reasons.map(reasonInWords)),
  ];
}

function hasWords({ kind, instances, registered, free }: EnvironmentView): string {
  if (kind === 'fargate') return `${free.vcpus} of ${registered.vcpus} vCPUs free`;
  const counts = Object.entries(instances).filter(([state, count]) => count > 0 || state === 'ready');
  const words = counts.map(([state, count]) => `${count} ${state}`).join(', ');
  return `${words}; free: ${amounts(free)} of ${amounts(registered)}`;
}
