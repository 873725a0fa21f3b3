import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

/** What a container waits for before it is started. */
export interface JobContainerDependency {
  /** Name of another container of the job. */
  readonly containerName: string;

  /**
   * START, or COMPLETE and SUCCESS of a container that is not essential. There are no health checks in AWS Batch.
   *
   * @default ContainerDependencyCondition.START
   */
  readonly condition?: ecs.ContainerDependencyCondition;
}

/** A container among those of its job. */
export interface NamedContainer {
  readonly name: string;
  readonly essential: boolean;
  readonly dependsOn: readonly JobContainerDependency[];
  /** How the user's properties lead to it; empty for the main container. */
  readonly path: string;
}

const MOST_CONTAINERS = 10;
const NAME = /^[\w-]{1,255}$/;

/**
 * Refuses containers that AWS refuses, and those that would wait forever.
 *
 * @see https://docs.aws.amazon.com/batch/latest/APIReference/API_TaskContainerDependency.html
 */
export function checkContainers(scope: IConstruct, containers: readonly NamedContainer[]): void {
  if (containers.length > MOST_CONTAINERS) {
    const value = `a list of ${containers.length - 1}`;
    const allowed = `a list of at most ${MOST_CONTAINERS - 1}, beside the main container`;
    throw new ValidationError(scope, { property: 'additionalContainers', value, allowed });
  }
  containers.forEach(({ name, path }, index) => {
    const property = path === '' ? 'containerName' : `${path}name`;
    if (!NAME.test(name)) {
      const allowed = '1 to 255 letters, digits, hyphens and underscores';
      throw new ValidationError(scope, { property, value: JSON.stringify(name), allowed });
    }
    if (containers.findIndex((other) => other.name === name) < index) {
      throw new ValidationError(scope, { property, value: name, allowed: 'a name that no other container has' });
    }
  });
  for (const container of containers) checkDependencies(scope, container, containers);
  checkCycles(scope, containers);
}

function checkDependencies(
  scope: IConstruct,
  { name, path, dependsOn }: NamedContainer,
  containers: readonly NamedContainer[],
): void {
  dependsOn.forEach(({ containerName, condition }, index) => {
    const property = `${path}dependsOn[${index}]`;
    const others = containers.filter((other) => other.name !== name);
    const other = others.find((candidate) => candidate.name === containerName);
    if (!other) {
      const allowed = `one of the other containers: ${others.map((one) => one.name).join(', ') || 'there are none'}`;
      throw new ValidationError(scope, { property: `${property}.containerName`, value: containerName, allowed });
    }
    if (condition === ecs.ContainerDependencyCondition.HEALTHY) {
      const allowed = 'START, COMPLETE or SUCCESS: AWS Batch has no health checks';
      throw new ValidationError(scope, { property: `${property}.condition`, value: condition, allowed });
    }
    if (other.essential && (condition ?? ecs.ContainerDependencyCondition.START) !== 'START') {
      const allowed = `START, since container ${containerName} is essential: the job ends with it`;
      throw new ValidationError(scope, { property: `${property}.condition`, value: condition, allowed });
    }
  });
}

function checkCycles(scope: IConstruct, containers: readonly NamedContainer[]): void {
  const byName = new Map(containers.map((container) => [container.name, container]));
  const visit = (name: string, waiting: readonly string[]): void => {
    if (waiting.includes(name)) {
      const value = [...waiting.slice(waiting.indexOf(name)), name].join(' → ');
      throw new ValidationError(scope, { property: 'dependsOn', value, allowed: 'free of cycles' });
    }
    for (const { containerName } of byName.get(name)!.dependsOn) visit(containerName, [...waiting, name]);
  };
  for (const { name } of containers) visit(name, []);
}

export function renderDependencies(dependsOn: readonly JobContainerDependency[]) {
  return dependsOn.map(({ containerName, condition = ecs.ContainerDependencyCondition.START }) => ({
    containerName,
    condition,
  }));
}
