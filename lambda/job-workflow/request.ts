import type { JobDependency, ResourceRequirement, SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { RUN_PLACE_VARIABLE, runPlace } from '../../lib/storage/config';
import {
  NODE_TAG,
  type NodeConfig,
  RUN_ID_VARIABLE,
  RUN_TAG,
  SCHEDULED_TIME_VARIABLE,
  TIME_PARAMETER,
} from '../../lib/workflow/config';
import type { Run } from './model';

const LONGEST_NAME = 128;

/** What AWS Batch is asked for; the same for a node of a run at each attempt, but for the jobs that it depends on. */
export function jobRequest(
  run: Pick<Run, 'id' | 'scheduledTime' | 'parameters'>,
  node: NodeConfig,
  dependsOn: readonly JobDependency[],
): SubmitJobCommandInput {
  const { scheduledTime } = run;
  const dependencies = [...dependsOn, ...(node.sequential ? [{ type: 'SEQUENTIAL' as const }] : [])];
  return {
    jobName: jobName(run.id, node.name),
    jobQueue: node.jobQueue,
    jobDefinition: node.jobDefinition,
    ...(dependencies.length > 0 && { dependsOn: dependencies }),
    parameters: {
      ...(scheduledTime !== undefined && { [TIME_PARAMETER]: scheduledTime }),
      ...run.parameters,
      ...node.parameters,
    },
    ...overrides(node, environmentOf(run, node)),
    ...(node.arraySize !== undefined && { arrayProperties: { size: node.arraySize } }),
    ...(node.attempts !== undefined && { retryStrategy: { attempts: node.attempts } }),
    ...(node.timeoutSeconds !== undefined && { timeout: { attemptDurationSeconds: node.timeoutSeconds } }),
    ...(node.shareIdentifier !== undefined && { shareIdentifier: node.shareIdentifier }),
    ...(node.schedulingPriority !== undefined && { schedulingPriorityOverride: node.schedulingPriority }),
    tags: { ...node.tags, ...jobTags(run.id, node.name) },
    propagateTags: true,
  };
}

/** By which the job of a node of a run is known. */
export function jobTags(runId: string, node: string): Record<string, string> {
  return { [RUN_TAG]: runId, [NODE_TAG]: node };
}

export function jobName(runId: string, node: string): string {
  return `${runId}-${node}`.replace(/[^\w-]/g, '-').slice(0, LONGEST_NAME);
}

function environmentOf({ id, scheduledTime }: Pick<Run, 'id' | 'scheduledTime'>, node: NodeConfig) {
  return Object.entries({
    ...node.environment,
    [RUN_ID_VARIABLE]: id,
    ...(scheduledTime !== undefined && { [SCHEDULED_TIME_VARIABLE]: scheduledTime }),
    ...(node.place !== undefined && { [RUN_PLACE_VARIABLE]: runPlace(node.place, id) }),
  }).map(([name, value]) => ({ name, value }));
}

/** Every container is told of the run; what else is said of the job is said of its main container. */
function overrides(
  { containers, command, vcpus, memoryMiB, gpus }: NodeConfig,
  environment: { name: string; value: string }[],
): Pick<SubmitJobCommandInput, 'containerOverrides' | 'ecsPropertiesOverride'> {
  const resources: ResourceRequirement[] = [
    ...(vcpus === undefined ? [] : [{ type: 'VCPU' as const, value: String(vcpus) }]),
    ...(memoryMiB === undefined ? [] : [{ type: 'MEMORY' as const, value: String(memoryMiB) }]),
    ...(gpus === undefined ? [] : [{ type: 'GPU' as const, value: String(gpus) }]),
  ];
  const main = {
    ...(command && { command: [...command] }),
    ...(resources.length > 0 && { resourceRequirements: resources }),
  };
  if (containers === undefined) return { containerOverrides: { environment, ...main } };
  const each = containers.map((name, index) => ({ name, environment, ...(index === 0 && main) }));
  return { ecsPropertiesOverride: { taskProperties: [{ containers: each }] } };
}
