import type { ContainerOverrides, SubmitJobRequest } from '@aws-sdk/client-batch';
import { checkEnvironment, checkRetryStrategy, checkTimeout } from '../definitions/definition-rules';
import { runsOnFargate } from '../definitions/job-definition';
import type { JobDefinitionRevision } from '../definitions/job-definition';
import { checkRequirements } from '../definitions/resource-requirements';
import type { JobQueue } from '../model';
import { check, checkAtMost, checkRange, checkTags, refuse } from '../refusals';

const MOST_BYTES = 30 * 1024;
const MOST_ACTIVE_SHARES = 500;
const JOB_NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const SHARE_IDENTIFIER = /^[A-Za-z0-9]{1,255}\*?$/;

/** @see https://docs.aws.amazon.com/batch/latest/APIReference/API_SubmitJob.html */
export function checkSubmission(input: SubmitJobRequest): void {
  const bytes = Buffer.byteLength(JSON.stringify(input));
  check(bytes <= MOST_BYTES, `The request of SubmitJob has at most ${MOST_BYTES} bytes, got ${bytes}`);
  check(JOB_NAME.test(input.jobName!), 'Job name should match valid pattern');
  if (input.nodeOverrides) refuse('The local AWS runs no multi-node parallel jobs');
  if (input.eksPropertiesOverride) refuse('The local AWS has no Amazon EKS');
  checkRetryStrategy(input.retryStrategy);
  checkTimeout(input.timeout);
  checkTags(input.tags);
  checkRange(input.schedulingPriorityOverride, 0, 9999, 'schedulingPriorityOverride');
  if (input.arrayProperties) checkArraySize(input.arrayProperties.size);
  checkDependencies(input);
}

function checkArraySize(size: number | undefined): void {
  check(size !== undefined, 'arrayProperties.size is required');
  checkRange(size, 2, 10_000, 'arrayProperties.size');
}

function checkDependencies({ dependsOn = [], arrayProperties }: SubmitJobRequest): void {
  checkAtMost(dependsOn, 20, 'dependsOn');
  for (const { jobId, type } of dependsOn) {
    check(type === undefined || arrayProperties, `A dependency of type ${type} is for array jobs`);
    if (type === 'SEQUENTIAL') check(jobId === undefined, 'A dependency of type SEQUENTIAL has no jobId');
    else check(jobId, `A dependency of ${type ? `type ${type}` : 'no type'} needs a jobId`);
  }
  const sequential = dependsOn.filter(({ type }) => type === 'SEQUENTIAL');
  check(sequential.length <= 1, 'dependsOn has more than one dependency of type SEQUENTIAL');
}

/** What must hold between a submission, its queue and its definition. */
export function checkTarget(input: SubmitJobRequest, queue: JobQueue, definition: JobDefinitionRevision): void {
  check(queue.state === 'ENABLED', `Job queue ${queue.name} is not ENABLED`);
  check(
    queue.status === 'VALID' || queue.status === 'UPDATING',
    `Job queue ${queue.name} is not VALID: it is ${queue.status}`,
  );
  if (definition.type === 'multinode') refuse('The local AWS runs no multi-node parallel jobs');
  const fargate = runsOnFargate(definition);
  check(
    fargate === (queue.type === 'ECS_FARGATE'),
    `Job definition ${definition.name} is for ${fargate ? 'Fargate' : 'EC2'}, job queue ${queue.name} is not`,
  );
  checkShare(input.shareIdentifier, queue);
  if (input.containerOverrides) {
    check(definition.containerProperties, 'containerOverrides needs a definition with containerProperties');
    checkContainerOverrides(input.containerOverrides, fargate);
  }
  checkTaskOverrides(input, definition, fargate);
}

function checkShare(share: string | undefined, queue: JobQueue): void {
  if (!queue.shares) {
    check(share === undefined, `Job queue ${queue.name} has no scheduling policy: shareIdentifier cannot be specified`);
    return;
  }
  check(share !== undefined, `Job queue ${queue.name} has a scheduling policy: shareIdentifier must be specified`);
  check(SHARE_IDENTIFIER.test(share), `shareIdentifier ${share} should match valid pattern ${SHARE_IDENTIFIER.source}`);
  check(
    queue.shares.isActive(share) || queue.shares.active().length < MOST_ACTIVE_SHARES,
    `Job queue ${queue.name} has ${MOST_ACTIVE_SHARES} active share identifiers`,
  );
}

function checkContainerOverrides(overrides: ContainerOverrides, fargate: boolean): void {
  checkCommand(overrides.command);
  checkEnvironment(overrides.environment);
  checkRequirements(overrides.resourceRequirements, fargate);
  check(overrides.instanceType === undefined, 'instanceType is for multi-node parallel jobs');
  for (const member of ['vcpus', 'memory'] as const) {
    check(!fargate || overrides[member] === undefined, `${member} is not supported on Fargate`);
    checkRange(overrides[member], member === 'vcpus' ? 1 : 4, Number.MAX_SAFE_INTEGER, member);
  }
}

function checkTaskOverrides(input: SubmitJobRequest, definition: JobDefinitionRevision, fargate: boolean): void {
  const override = input.ecsPropertiesOverride;
  if (!override) return;
  check(definition.ecsProperties, 'ecsPropertiesOverride needs a definition with ecsProperties');
  checkAtMost(override.taskProperties, 1, 'ecsPropertiesOverride.taskProperties');
  const names = definition.ecsProperties.taskProperties![0]!.containers!.map(({ name }) => name);
  for (const container of override.taskProperties?.[0]?.containers ?? []) {
    check(names.includes(container.name), `ecsPropertiesOverride: there is no container named ${container.name}`);
    checkCommand(container.command);
    checkEnvironment(container.environment);
    checkRequirements(container.resourceRequirements, fargate);
  }
}

function checkCommand(command: readonly string[] | undefined): void {
  check(!command?.includes(''), 'An override of the command cannot contain an empty string');
}
