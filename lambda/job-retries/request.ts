import type {
  ContainerDetail,
  ContainerOverrides,
  ContainerProperties,
  JobDefinition,
  JobDetail,
  KeyValuePair,
  ResourceRequirement,
  SubmitJobCommandInput,
  TaskContainerDetails,
  TaskContainerOverrides,
  TaskContainerProperties,
} from '@aws-sdk/client-batch';
import type { Resources } from '../../lib/capacity/config';
import {
  ARRAY_INDEX_VARIABLE,
  ARRAY_SIZE_VARIABLE,
  ATTEMPT_TAG,
  ATTEMPT_VARIABLE,
  LINEAGE_TAG,
} from '../../lib/retries/config';

/** Why a job cannot be submitted as it was. */
export class NotRestorable extends Error {
  override readonly name = 'NotRestorable';
}

/** In what the next submission differs from the one that failed. */
export interface Changes {
  readonly root: string;
  /** Its number in the lineage; the first submission is 1. */
  readonly attempt: number;
  readonly jobQueue: string;
  /** What all containers together ask for, when it is not what they asked for. */
  readonly resources?: { readonly from: Resources; readonly to: Resources; readonly container?: string };
  readonly timeoutSeconds?: number;
  /** The array children to run again, when they are not all that the first submission had. */
  readonly children?: { readonly indexes: readonly number[]; readonly size: number };
}

const MOST_BYTES = 30 * 1024;
const MOST_TAGS = 50;

/**
 * The request that a job was submitted with, as far as its details tell, with changes. Dependencies are left to whoever
 * submits it.
 *
 * @throws NotRestorable when the new job would not be what the old one was
 */
export function rebuild(job: JobDetail, definition: JobDefinition, changes: Changes): SubmitJobCommandInput {
  if (job.nodeProperties) throw new NotRestorable('a multi-node parallel job cannot be submitted as it was');
  if (job.eksProperties) throw new NotRestorable('a job on Amazon EKS cannot be submitted as it was');
  const { attempts, evaluateOnExit = [] } = job.retryStrategy ?? {};
  const timeoutSeconds = changes.timeoutSeconds ?? job.timeout?.attemptDurationSeconds;
  const size = sizeOf(job, changes);
  const request: SubmitJobCommandInput = {
    jobName: job.jobName,
    jobQueue: changes.jobQueue,
    jobDefinition: job.jobDefinition,
    ...(size > 1 && { arrayProperties: { size } }),
    ...(job.shareIdentifier !== undefined && {
      shareIdentifier: job.shareIdentifier,
      schedulingPriorityOverride: job.schedulingPriority,
    }),
    ...nonEmpty('parameters', parametersOf(job, definition)),
    ...overridesOf(job, definition, changes),
    ...(attempts !== undefined && {
      retryStrategy: { attempts, ...(evaluateOnExit.length > 0 && { evaluateOnExit }) },
    }),
    ...(timeoutSeconds !== undefined && { timeout: { attemptDurationSeconds: timeoutSeconds } }),
    ...(job.propagateTags !== undefined && { propagateTags: job.propagateTags }),
    ...consumablesOf(job, definition),
    tags: tagsOf(job, definition, changes),
  };
  const bytes = Buffer.byteLength(JSON.stringify(request));
  if (bytes > MOST_BYTES) {
    const list = changes.children ? `, with the ${changes.children.indexes.length} array indexes that failed` : '';
    throw new NotRestorable(`the request would have ${bytes} bytes${list}; AWS Batch takes ${MOST_BYTES}`);
  }
  return request;
}

function sizeOf(job: JobDetail, { children }: Changes): number {
  return children?.indexes.length ?? job.arrayProperties?.size ?? 1;
}

function nonEmpty<K extends string, V extends object>(key: K, value: V): { [P in K]?: V } {
  return Object.keys(value).length > 0 ? ({ [key]: value } as { [P in K]: V }) : {};
}

/** Details show the defaults of the definition among the parameters. */
function parametersOf({ parameters = {} }: JobDetail, { parameters: defaults = {} }: JobDefinition) {
  return Object.fromEntries(Object.entries(parameters).filter(([name, value]) => defaults[name] !== value));
}

function consumablesOf(
  job: JobDetail,
  definition: JobDefinition,
): Pick<SubmitJobCommandInput, 'consumableResourcePropertiesOverride'> {
  const list = job.consumableResourceProperties?.consumableResourceList ?? [];
  if (list.length > 0) return { consumableResourcePropertiesOverride: { consumableResourceList: list } };
  if ((definition.consumableResourceProperties?.consumableResourceList ?? []).length === 0) return {};
  throw new NotRestorable('the job was submitted without the consumable resources of its definition');
}

/** AWS itself sets tags that nobody else may. */
function tagsOf(job: JobDetail, definition: JobDefinition, { root, attempt }: Changes): Record<string, string> {
  const own = Object.entries(job.tags ?? {}).filter(([name]) => !name.startsWith('aws:'));
  const tags = { ...Object.fromEntries(own), [LINEAGE_TAG]: root, [ATTEMPT_TAG]: String(attempt) };
  const propagated = job.propagateTags ? Object.keys(definition.tags ?? {}) : [];
  if (new Set([...Object.keys(tags), ...propagated]).size > MOST_TAGS) {
    throw new NotRestorable(`with two more, the job and its definition would have more than ${MOST_TAGS} tags`);
  }
  return tags;
}

function overridesOf(
  job: JobDetail,
  definition: JobDefinition,
  changes: Changes,
): Pick<SubmitJobCommandInput, 'containerOverrides' | 'ecsPropertiesOverride'> {
  const parameters = job.parameters ?? {};
  const variables = variablesOf(changes);
  if (job.container && definition.containerProperties) {
    const overrides = containerOverrides(job.container, definition.containerProperties, changes, parameters, variables);
    return nonEmpty('containerOverrides', overrides);
  }
  const containers = job.ecsProperties?.taskProperties?.[0]?.containers;
  const defined = definition.ecsProperties?.taskProperties?.[0]?.containers ?? [];
  if (!containers) throw new NotRestorable('the details of the job show no container');
  const growing = changes.resources?.container ?? containers.find(({ essential = true }) => essential)?.name;
  const overrides = containers.map((container) => {
    const before = defined.find(({ name }) => name === container.name);
    if (!before) throw new NotRestorable(`the definition has no container ${container.name}`);
    const resources = container.name === growing ? changes.resources : undefined;
    return taskContainerOverrides(container, before, resources, parameters, variables);
  });
  const changed = overrides.filter((override) => Object.keys(override).length > 1);
  return changed.length > 0 ? { ecsPropertiesOverride: { taskProperties: [{ containers: changed }] } } : {};
}

function variablesOf({ attempt, children }: Changes): KeyValuePair[] {
  return [
    { name: ATTEMPT_VARIABLE, value: String(attempt) },
    ...(children
      ? [
          { name: ARRAY_INDEX_VARIABLE, value: children.indexes.join(',') },
          { name: ARRAY_SIZE_VARIABLE, value: String(children.size) },
        ]
      : []),
  ];
}

function containerOverrides(
  shown: ContainerDetail,
  defined: ContainerProperties,
  { resources }: Changes,
  parameters: Readonly<Record<string, string>>,
  variables: readonly KeyValuePair[],
): ContainerOverrides {
  const { requirements, ...deprecated } = requirementsOf(shown, defined, resources);
  return {
    ...commandOf(shown.command, defined.command, parameters),
    ...environmentOf(shown.environment, defined.environment, variables),
    ...(requirements.length > 0 && { resourceRequirements: requirements }),
    ...deprecated,
  };
}

function taskContainerOverrides(
  shown: TaskContainerDetails,
  defined: TaskContainerProperties,
  resources: Changes['resources'],
  parameters: Readonly<Record<string, string>>,
  variables: readonly KeyValuePair[],
): TaskContainerOverrides {
  const { requirements } = requirementsOf(shown, defined, resources);
  return {
    name: shown.name,
    ...commandOf(shown.command, defined.command, parameters),
    ...environmentOf(shown.environment, defined.environment, variables),
    ...(requirements.length > 0 && { resourceRequirements: requirements }),
  };
}

/**
 * Whether details show a command with its parameters put in is not documented: one that is the definition's either way
 * is left to the definition.
 */
function commandOf(
  shown: readonly string[] = [],
  defined: readonly string[] = [],
  parameters: Readonly<Record<string, string>>,
): { command?: string[] } {
  if (isSame(shown, defined) || isSame(shown, substituted(defined, parameters))) return {};
  if (Object.values(parameters).some((value) => /\bRef::/.test(value))) {
    throw new NotRestorable('its command was overridden, and one of its parameters has "Ref::" in its value');
  }
  return { command: [...shown] };
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, index) => word === b[index]);
}

/** As AWS Batch puts parameters into a command; of names that begin alike the longest goes first. */
function substituted(command: readonly string[], parameters: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(parameters).sort((a, b) => b.length - a.length);
  if (names.length === 0) return [...command];
  const pattern = new RegExp(`Ref::(${names.map((name) => name.replace(/[^\w]/g, '\\$&')).join('|')})`, 'g');
  return command.map((word) => word.replace(pattern, (_, name: string) => parameters[name]!));
}

/** Names that begin so are AWS Batch's own and refused in a request. */
const RESERVED = /^AWS_BATCH/;

function environmentOf(
  shown: readonly KeyValuePair[] = [],
  defined: readonly KeyValuePair[] = [],
  variables: readonly KeyValuePair[],
): { environment?: KeyValuePair[] } {
  const values = new Map(defined.map(({ name, value }) => [name, value]));
  const overridden = shown.filter(
    ({ name = '', value }) =>
      !RESERVED.test(name) && values.get(name) !== value && !variables.some((ours) => ours.name === name),
  );
  return { environment: [...overridden, ...variables] };
}

interface Requirements {
  readonly requirements: ResourceRequirement[];
  readonly vcpus?: number;
  readonly memory?: number;
}

type Asking = Pick<ContainerDetail, 'resourceRequirements' | 'vcpus' | 'memory'>;

/** What a container asks for beyond its definition. What is defined in a deprecated member is overridden in it only. */
function requirementsOf(shown: Asking, defined: Asking, resources: Changes['resources']): Requirements {
  const more = resources && {
    VCPU: resources.to.vcpus - resources.from.vcpus,
    MEMORY: resources.to.memoryMiB - resources.from.memoryMiB,
    GPU: 0,
  };
  const before = new Map((defined.resourceRequirements ?? []).map(({ type, value }) => [type, value]));
  const requirements = (shown.resourceRequirements ?? [])
    .map(({ type, value }) => ({ type, value: amount(Number(value) + (more?.[type!] ?? 0), value) }))
    .filter(({ type, value }) => before.get(type) !== value);
  const deprecated = (member: 'vcpus' | 'memory', added: number) => {
    const has = shown[member];
    // Zero stands for nothing in what the API shows.
    if (!has || !defined[member] || before.has(member === 'vcpus' ? 'VCPU' : 'MEMORY')) return {};
    return has + added === defined[member] ? {} : { [member]: has + added };
  };
  return {
    requirements,
    ...deprecated('vcpus', more?.VCPU ?? 0),
    ...deprecated('memory', more?.MEMORY ?? 0),
  };
}

/** The text that was there where the amount is the same: `0.50` stays `0.50`. */
function amount(value: number, before: string | undefined): string {
  return Number(before) === value && before !== undefined ? before : String(value);
}
