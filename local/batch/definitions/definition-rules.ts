import type {
  ContainerProperties,
  EcsTaskProperties,
  EvaluateOnExit,
  JobTimeout,
  KeyValuePair,
  RegisterJobDefinitionRequest,
  RetryStrategy,
} from '@aws-sdk/client-batch';
import { check, checkAtMost, checkName, checkRange, checkTags, refuse } from '../refusals';
import { checkEc2Container, checkFargateContainer, checkFargateTask } from './platform-rules';
import { checkRequirements, requirement } from './resource-requirements';

const MOST_BYTES = 24 * 1024;

/** @see https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html */
export function checkDefinition(input: RegisterJobDefinitionRequest): void {
  checkName(input.jobDefinitionName!, 'jobDefinitionName');
  const bytes = Buffer.byteLength(JSON.stringify(input));
  check(bytes <= MOST_BYTES, `A job definition has at most ${MOST_BYTES} bytes, got ${bytes}`);
  if (input.eksProperties) refuse('The local AWS has no Amazon EKS');
  checkTags(input.tags);
  checkRetryStrategy(input.retryStrategy);
  checkTimeout(input.timeout);
  checkRange(input.schedulingPriority, 0, 9999, 'schedulingPriority');
  checkAtMost(input.consumableResourceProperties?.consumableResourceList, 5, 'consumableResourceList');
  const fargate = checkPlatform(input);
  if (input.type === 'multinode') return checkMultiNode(input, fargate);
  check(input.type === 'container', `type must be container or multinode, got ${input.type}`);
  check(!input.nodeProperties, 'nodeProperties are for jobs of type multinode');
  const { containerProperties: container, ecsProperties } = input;
  check(!container !== !ecsProperties, 'Either containerProperties or ecsProperties must be specified');
  if (container) checkContainer(container, fargate);
  else checkTask(ecsProperties!.taskProperties ?? [], fargate);
}

/** @returns whether it is for Fargate */
function checkPlatform({ platformCapabilities = [] }: RegisterJobDefinitionRequest): boolean {
  check(platformCapabilities.length <= 1, 'platformCapabilities can have one element');
  const [platform = 'EC2'] = platformCapabilities;
  const known = platform === 'EC2' || platform === 'FARGATE';
  check(known, `The local AWS knows the platform capabilities EC2 and FARGATE, got ${platform}`);
  return platform === 'FARGATE';
}

function checkMultiNode({ nodeProperties, containerProperties }: RegisterJobDefinitionRequest, fargate: boolean): void {
  check(!fargate, 'Multi-node parallel jobs are not supported on Fargate');
  check(nodeProperties && !containerProperties, 'A job of type multinode needs nodeProperties and nothing else');
  const { numNodes, mainNode } = nodeProperties;
  checkRange(numNodes, 1, 1000, 'nodeProperties.numNodes');
  checkRange(mainNode, 0, numNodes! - 1, 'nodeProperties.mainNode');
}

function checkContainer(container: ContainerProperties, fargate: boolean): void {
  check(container.image, 'Container properties must have an image');
  check(container.instanceType === undefined, 'instanceType is for multi-node parallel jobs');
  checkEnvironment(container.environment);
  checkRequirements(container.resourceRequirements, fargate);
  if (fargate) return checkFargateContainer(container);
  checkEc2Container(container);
  for (const [deprecated, type] of [
    ['vcpus', 'VCPU'],
    ['memory', 'MEMORY'],
  ] as const) {
    const asRequirement = requirement(container.resourceRequirements, type) !== undefined;
    check(
      !asRequirement || container[deprecated] === undefined,
      `${type} is given both in resourceRequirements and as ${deprecated}`,
    );
    check(
      asRequirement || container[deprecated] !== undefined,
      `Container properties must have ${type} in resourceRequirements`,
    );
  }
  checkRange(container.vcpus, 1, Number.MAX_SAFE_INTEGER, 'vcpus');
  checkRange(container.memory, 4, Number.MAX_SAFE_INTEGER, 'memory');
}

function checkTask(tasks: readonly EcsTaskProperties[], fargate: boolean): void {
  check(tasks.length === 1, `ecsProperties.taskProperties has one element, got ${tasks.length}`);
  const [task] = tasks;
  const containers = task!.containers ?? [];
  check(containers.length >= 1, 'ecsProperties.taskProperties.containers must not be empty');
  checkAtMost(containers, 10, 'ecsProperties.taskProperties.containers');
  const names = containers.map(({ name }) => name);
  check(containers.length === 1 || names.every(Boolean), 'Each of several containers needs a name');
  check(new Set(names).size === names.length, 'Two containers have the same name');
  check(
    containers.some(({ essential = true }) => essential),
    'At least one container must be essential',
  );
  for (const container of containers) {
    check(container.image, 'Each container must have an image');
    checkEnvironment(container.environment);
    checkRequirements(container.resourceRequirements, fargate);
    for (const type of ['VCPU', 'MEMORY'] as const) {
      const given = requirement(container.resourceRequirements, type) !== undefined;
      check(given, `Container ${container.name} must have ${type} in resourceRequirements`);
    }
  }
  if (fargate) checkFargateTask(task!);
}

export function checkEnvironment(environment: readonly KeyValuePair[] = []): void {
  for (const { name } of environment) {
    check(name, 'An environment variable needs a name');
    check(!name.startsWith('AWS_BATCH'), `Environment variable ${name} starts with AWS_BATCH, which is reserved`);
  }
}

export function checkTimeout(timeout: JobTimeout | undefined): void {
  if (!timeout) return;
  const seconds = timeout.attemptDurationSeconds;
  // The CDK writes an empty timeout where there is none.
  check(seconds === undefined || seconds >= 60, `attemptDurationSeconds must be at least 60, got ${seconds}`);
}

/** @see https://docs.aws.amazon.com/batch/latest/APIReference/API_RetryStrategy.html */
export function checkRetryStrategy(strategy: RetryStrategy | undefined): void {
  if (!strategy) return;
  checkRange(strategy.attempts, 1, 10, 'retryStrategy.attempts');
  const rules = strategy.evaluateOnExit ?? [];
  checkAtMost(rules, 5, 'retryStrategy.evaluateOnExit');
  check(
    rules.length === 0 || strategy.attempts !== undefined,
    'retryStrategy.attempts is required with evaluateOnExit',
  );
  rules.forEach(checkExitRule);
}

function checkExitRule({ action, onStatusReason, onReason, onExitCode }: EvaluateOnExit): void {
  check(/^(retry|exit)$/i.test(action!), `evaluateOnExit: action must be RETRY or EXIT, got ${action}`);
  const conditions = { onStatusReason, onReason, onExitCode };
  check(Object.values(conditions).some(Boolean), 'evaluateOnExit: at least one condition is required');
  for (const [name, pattern] of Object.entries(conditions)) {
    if (pattern === undefined) continue;
    check(pattern.length <= 512, `evaluateOnExit: ${name} is longer than 512 characters`);
    const asterisk = pattern.indexOf('*');
    const last = asterisk === -1 || asterisk === pattern.length - 1;
    check(last, `evaluateOnExit: in ${name} an asterisk can only be the last character, got ${pattern}`);
  }
  check(/^\d*\*?$/.test(onExitCode ?? ''), `evaluateOnExit: onExitCode can contain only numbers, got ${onExitCode}`);
}
