import type {
  ContainerDetail,
  EcsTaskDetails,
  EcsTaskProperties,
  KeyValuePair,
  SubmitJobRequest,
  TaskContainerDetails,
} from '@aws-sdk/client-batch';
import { LOCAL_JOB, LocalJobError, parseLocalJob } from '../../../workload/local-job';
import type { LocalJob } from '../../../workload/local-job';
import type { Resources } from '../../ports';
import type { ConsumableClaim } from '../consumables/consumable-resource';
import { runsOnFargate, withEmptyLists } from '../definitions/job-definition';
import type { JobDefinitionRevision } from '../definitions/job-definition';
import { checkFargateAmounts } from '../definitions/platform-rules';
import { requirement } from '../definitions/resource-requirements';
import type { JobQueue, JobSpec } from '../model';
import { check, refuse } from '../refusals';
import type { Shapes } from '../scheduling/shape';
import { mergedEnvironment, mergedRequirements } from './overrides';
import { substituted } from './parameters';

const DEFAULT_LOG_GROUP = '/aws/batch/job';

export interface SpecContext {
  readonly shapes: Shapes;
  readonly claims: readonly ConsumableClaim[];
  /** Whether the details of the job show its command with the parameters put in. */
  readonly commandShownSubstituted: boolean;
}

/** A definition with a submission's overrides put in. */
export function specOf(
  input: SubmitJobRequest,
  queue: JobQueue,
  definition: JobDefinitionRevision,
  context: SpecContext,
): JobSpec {
  const parameters = { ...definition.parameters, ...input.parameters };
  const substitute = (command: readonly string[]): string[] => substituted(command, parameters);
  const shown = context.commandShownSubstituted ? substitute : (command: readonly string[]): string[] => [...command];
  const container = definition.containerProperties && containerOf(input, definition, shown);
  const task = definition.ecsProperties && taskOf(input, definition.ecsProperties.taskProperties![0]!, shown);
  const resources = container ? resourcesOf(container) : sum(task!.containers!.map((one) => resourcesOf(one)));
  if (runsOnFargate(definition)) checkFargateAmounts(resources.vcpus, resources.memoryMiB);
  const shape = context.shapes.of(resources);
  const main = container ?? mainContainer(task!);
  const environment = main.environment ?? [];
  const { attempts = 1, evaluateOnExit = [] } = input.retryStrategy ?? definition.retryStrategy ?? {};
  const claimed = context.claims.map(({ resource, quantity }) => `${resource.arn}=${quantity}`);
  return {
    jobName: input.jobName!,
    queue,
    definition,
    shape,
    container,
    task,
    mainContainer: task && mainContainer(task).name,
    command: substitute(main.command ?? []),
    environment,
    parameters,
    attempts,
    retryStrategy: { attempts, evaluateOnExit },
    timeoutSeconds: (input.timeout ?? definition.timeout)?.attemptDurationSeconds,
    dependsOn: input.dependsOn ?? [],
    claims: context.claims,
    shareIdentifier: input.shareIdentifier,
    schedulingPriority: input.schedulingPriorityOverride ?? definition.schedulingPriority ?? 0,
    propagateTags: input.propagateTags ?? definition.propagateTags ?? false,
    logGroup: main.logConfiguration?.options?.['awslogs-group'] ?? DEFAULT_LOG_GROUP,
    work: workOf(environment),
    groupKey: [shape.id, ...claimed].join(' '),
  };
}

function containerOf(
  { containerOverrides: overrides = {} }: SubmitJobRequest,
  definition: JobDefinitionRevision,
  shown: (command: readonly string[]) => string[],
): ContainerDetail {
  const defined = withEmptyLists(definition.containerProperties!);
  return {
    ...defined,
    // These override what the definition says in the same deprecated members, never its resourceRequirements.
    ...(defined.vcpus !== undefined && { vcpus: overrides.vcpus ?? defined.vcpus }),
    ...(defined.memory !== undefined && { memory: overrides.memory ?? defined.memory }),
    command: shown(overrides.command ?? defined.command!),
    environment: mergedEnvironment(defined.environment, overrides.environment),
    resourceRequirements: mergedRequirements(defined.resourceRequirements, overrides.resourceRequirements),
    networkInterfaces: [],
  };
}

function taskOf(
  { ecsPropertiesOverride }: SubmitJobRequest,
  defined: EcsTaskProperties,
  shown: (command: readonly string[]) => string[],
): EcsTaskDetails {
  const overrides = ecsPropertiesOverride?.taskProperties?.[0]?.containers ?? [];
  return {
    ...defined,
    containers: defined.containers!.map((container) => {
      const override = overrides.find(({ name }) => name === container.name) ?? {};
      return {
        ...container,
        command: shown(override.command ?? container.command ?? []),
        environment: mergedEnvironment(container.environment, override.environment),
        resourceRequirements: mergedRequirements(container.resourceRequirements, override.resourceRequirements),
      };
    }),
  };
}

/** The container whose work counts: the first essential one. */
function mainContainer({ containers }: EcsTaskDetails): TaskContainerDetails {
  return containers!.find(({ essential = true }) => essential)!;
}

function resourcesOf(container: Pick<ContainerDetail, 'resourceRequirements' | 'vcpus' | 'memory'>): Resources {
  const { resourceRequirements } = container;
  const vcpus = requirement(resourceRequirements, 'VCPU') ?? container.vcpus;
  const memoryMiB = requirement(resourceRequirements, 'MEMORY') ?? container.memory;
  check(vcpus !== undefined && memoryMiB !== undefined, 'VCPU and MEMORY must be specified');
  return { vcpus, memoryMiB, gpus: requirement(resourceRequirements, 'GPU') ?? 0 };
}

function sum(all: readonly Resources[]): Resources {
  return all.reduce((total, one) => ({
    vcpus: total.vcpus + one.vcpus,
    memoryMiB: total.memoryMiB + one.memoryMiB,
    gpus: total.gpus + one.gpus,
  }));
}

/** AWS knows nothing of the variable: a document that cannot be read is better refused here than found out later. */
function workOf(environment: readonly KeyValuePair[]): LocalJob {
  try {
    return parseLocalJob(environment.find(({ name }) => name === LOCAL_JOB)?.value);
  } catch (error) {
    if (error instanceof LocalJobError) refuse(error.message);
    throw error;
  }
}
