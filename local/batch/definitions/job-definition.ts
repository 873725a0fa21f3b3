import type {
  ConsumableResourceProperties,
  ContainerProperties,
  EcsProperties,
  JobDefinition,
  JobDefinitionType,
  JobTimeout,
  NodeProperties,
  PlatformCapability,
  RetryStrategy,
} from '@aws-sdk/client-batch';

/** One revision of a job definition, as registered. */
export interface JobDefinitionRevision {
  readonly name: string;
  readonly revision: number;
  readonly arn: string;
  readonly sequence: number;
  readonly type: JobDefinitionType;
  status: 'ACTIVE' | 'INACTIVE';
  deregisteredAt?: number;
  readonly parameters: Readonly<Record<string, string>>;
  readonly containerProperties?: ContainerProperties;
  readonly ecsProperties?: EcsProperties;
  readonly nodeProperties?: NodeProperties;
  readonly retryStrategy?: RetryStrategy;
  readonly timeout?: JobTimeout;
  readonly schedulingPriority?: number;
  readonly propagateTags?: boolean;
  readonly platformCapabilities: readonly PlatformCapability[];
  readonly consumableResourceProperties?: ConsumableResourceProperties;
  tags: Record<string, string>;
}

export function runsOnFargate({ platformCapabilities }: Pick<JobDefinitionRevision, 'platformCapabilities'>): boolean {
  return platformCapabilities.includes('FARGATE');
}

export function detailOf(definition: JobDefinitionRevision): JobDefinition {
  const { name, arn, revision, status, type, containerProperties } = definition;
  return {
    jobDefinitionName: name,
    jobDefinitionArn: arn,
    revision,
    status,
    type,
    schedulingPriority: definition.schedulingPriority,
    parameters: { ...definition.parameters },
    retryStrategy: definition.retryStrategy,
    containerProperties: containerProperties && withEmptyLists(containerProperties),
    timeout: definition.timeout,
    nodeProperties: definition.nodeProperties,
    tags: definition.tags,
    propagateTags: definition.propagateTags,
    platformCapabilities: [...definition.platformCapabilities],
    ecsProperties: definition.ecsProperties,
    containerOrchestrationType: 'ECS',
    consumableResourceProperties: definition.consumableResourceProperties,
  };
}

/** Lists that were not given are answered as empty. */
export function withEmptyLists(container: ContainerProperties): ContainerProperties {
  return {
    command: [],
    volumes: [],
    environment: [],
    mountPoints: [],
    ulimits: [],
    resourceRequirements: [],
    secrets: [],
    ...container,
  };
}
