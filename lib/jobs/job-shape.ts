import type * as batch from 'aws-cdk-lib/aws-batch';
import type * as ec2 from 'aws-cdk-lib/aws-ec2';
import type * as ecs from 'aws-cdk-lib/aws-ecs';
import { Construct } from 'constructs';
import { checkContainers, renderDependencies } from './container-dependencies';
import type { FargateProperties } from './fargate-options';
import type { AdditionalContainer, JobContainerOptions, JobSurroundings } from './job-container';
import { containerProperties, taskOnlyProperties } from './job-container';
import { volumesOf } from './job-volume';
import type { Resources } from '../capacity/config';
import { ValidationError } from '../validation/validation-error';

/** A container with its place among the user's properties, and what it asks of its host. */
export interface PlacedContainer {
  readonly name: string;
  readonly path: string;
  readonly options: JobContainerOptions & Partial<AdditionalContainer>;
  readonly request: Resources;
}

/** A job as its containers make it. */
export interface JobShape extends JobSurroundings {
  /** The main one first. */
  readonly containers: readonly PlacedContainer[];
  readonly fargateProperties?: FargateProperties;
  readonly ipcMode?: ecs.IpcMode;
  readonly pidMode?: ecs.PidMode;
  readonly network?: ec2.IConnectable;
}

type WorkProperties = Pick<batch.CfnJobDefinitionProps, 'containerProperties' | 'ecsProperties'>;

/** One container where that says it all: its jobs then have `container` and `containerOverrides`. */
export function workProperties(scope: Construct, shape: JobShape): WorkProperties {
  checkNamespaces(scope, shape);
  checkContainers(
    scope,
    shape.containers.map(({ name, path, options }) => ({
      name,
      path,
      essential: path === '' || (options.essential ?? false),
      dependsOn: options.dependsOn ?? [],
    })),
  );
  const volumes = jobVolumes(scope, shape);
  return needsTask(shape)
    ? { ecsProperties: { taskProperties: [task(scope, shape, volumes)] } }
    : { containerProperties: single(scope, shape, volumes) };
}

function needsTask({ containers, ipcMode, pidMode }: JobShape): boolean {
  const [{ options }] = containers as [PlacedContainer];
  const { startTimeout, stopTimeout } = options;
  return containers.length > 1 || [ipcMode, pidMode, startTimeout, stopTimeout].some((one) => one !== undefined);
}

function checkNamespaces(scope: Construct, { fargate, ipcMode, pidMode }: JobShape): void {
  if (fargate && ipcMode !== undefined) {
    throw new ValidationError(scope, { property: 'ipcMode', value: ipcMode, allowed: 'left out on Fargate' });
  }
  if (fargate && pidMode === 'host') {
    throw new ValidationError(scope, { property: 'pidMode', value: pidMode, allowed: 'task on Fargate' });
  }
}

function jobVolumes(
  scope: Construct,
  { containers, jobRole, fargate, network }: JobShape,
): batch.CfnJobDefinition.VolumesProperty[] | undefined {
  const mounts = containers.flatMap(({ options }) => options.mounts ?? []);
  if (mounts.length === 0) return undefined;
  return volumesOf(scope, mounts).map((volume) => volume.bind(scope, { jobRole, fargate, network }));
}

function single(
  scope: Construct,
  shape: JobShape,
  volumes: batch.CfnJobDefinition.VolumesProperty[] | undefined,
): batch.CfnJobDefinition.ContainerPropertiesProperty {
  const [{ path, options, request }] = shape.containers as [PlacedContainer];
  const { platformVersion, ...fargate } = shape.fargateProperties ?? {};
  return {
    ...containerProperties(scope, new Construct(scope, 'Container'), path, options, request, shape),
    jobRoleArn: shape.jobRole.roleArn,
    executionRoleArn: shape.executionRole.roleArn,
    volumes,
    ...fargate,
    fargatePlatformConfiguration: platformVersion === undefined ? undefined : { platformVersion },
  };
}

function task(
  scope: Construct,
  shape: JobShape,
  volumes: batch.CfnJobDefinition.VolumesProperty[] | undefined,
): batch.CfnJobDefinition.EcsTaskPropertiesProperty {
  const bindings = new Construct(scope, 'Containers');
  return {
    containers: shape.containers.map(({ name, path, options, request }) => ({
      name,
      essential: path === '' || (options.essential ?? false),
      ...containerProperties(scope, new Construct(bindings, name), path, options, request, shape),
      ...taskOnlyProperties(scope, path, options, shape.fargate),
      dependsOn: options.dependsOn && renderDependencies(options.dependsOn),
      firelensConfiguration: options.firelens,
    })),
    taskRoleArn: shape.jobRole.roleArn,
    executionRoleArn: shape.executionRole.roleArn,
    volumes,
    ipcMode: shape.ipcMode,
    pidMode: shape.pidMode,
    ...shape.fargateProperties,
  };
}
