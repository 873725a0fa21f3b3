import type {
  CEState,
  CEStatus,
  CEType,
  ComputeEnvironmentDetail,
  ComputeResource,
  EcsSettings,
  UpdatePolicy,
} from '@aws-sdk/client-batch';
import type { NamedResource } from '../registry';
import type { EnvironmentCapacity } from '../scheduling/environment-capacity';

export interface ComputeEnvironment extends NamedResource {
  readonly uuid: string;
  readonly type: CEType;
  state: CEState;
  status: CEStatus;
  statusReason: string;
  unmanagedvCpus?: number;
  /** Of a managed environment. */
  computeResources?: ComputeResource;
  serviceRole: string;
  updatePolicy?: UpdatePolicy;
  ecsSettings?: EcsSettings;
  context?: string;
  tags: Record<string, string>;
  readonly clusterArn: string;
  readonly capacity: EnvironmentCapacity;
}

export function isFargate({ computeResources }: Pick<ComputeEnvironment, 'computeResources'>): boolean {
  return computeResources?.type === 'FARGATE' || computeResources?.type === 'FARGATE_SPOT';
}

/** Whether Batch launches instances for it. */
export function launchesInstances(environment: ComputeEnvironment): boolean {
  return environment.type === 'MANAGED' && !isFargate(environment);
}

/** Whether jobs may be put there; an update goes on beside. */
export function takesJobs({ state, status }: ComputeEnvironment): boolean {
  return state === 'ENABLED' && (status === 'VALID' || status === 'UPDATING');
}

/** The vCPUs that it may have; undefined for an unmanaged one that does not say. */
export function maxVcpusOf({ type, computeResources, unmanagedvCpus }: ComputeEnvironment): number | undefined {
  return type === 'MANAGED' ? computeResources?.maxvCpus : unmanagedvCpus;
}

export function detailOf(environment: ComputeEnvironment): ComputeEnvironmentDetail {
  const { name, arn, uuid, type, state, status, statusReason, serviceRole, tags, clusterArn } = environment;
  return {
    computeEnvironmentName: name,
    computeEnvironmentArn: arn,
    // It exists from some time after the environment does.
    ecsClusterArn: status === 'CREATING' ? undefined : clusterArn,
    unmanagedvCpus: environment.unmanagedvCpus,
    type,
    state,
    status,
    statusReason,
    computeResources: environment.computeResources,
    serviceRole,
    updatePolicy: environment.updatePolicy,
    containerOrchestrationType: 'ECS',
    ecsSettings: environment.ecsSettings,
    context: environment.context,
    tags,
    uuid,
  };
}
