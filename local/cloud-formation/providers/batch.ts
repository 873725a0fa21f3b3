import * as batch from '@aws-sdk/client-batch';
import { apiInput, backToDefaults, without } from '../properties';
import type { DeclaredResource, ExistingResource, ProviderContext, ResourceProvider, ResourceState } from '../provider';
import { changeOf, nameOf, ResourceFailure } from '../provider';
import type { Properties } from '../template';

const MAX_NAME = 128;

/** The CDK writes `managed`, CloudFormation takes it, the API wants `MANAGED`. */
function upperCase(properties: Properties, name: string): Properties {
  const value = properties[name];
  return typeof value === 'string' ? { ...properties, [name]: value.toUpperCase() } : properties;
}

/** Properties that only CloudFormation knows. */
const ENVIRONMENT_UPDATE_PROPERTIES = ['ReplaceComputeEnvironment', 'UpdatePolicy'];

/**
 * What can only be changed with new instances. Unless told otherwise, CloudFormation then makes a new environment.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-batch-computeenvironment.html
 */
const INFRASTRUCTURE = [
  'AllocationStrategy',
  'BidPercentage',
  'Ec2Configuration',
  'Ec2KeyPair',
  'ImageId',
  'InstanceRole',
  'InstanceTypes',
  'LaunchTemplate',
  'PlacementGroup',
  'SecurityGroupIds',
  'Subnets',
  'Tags',
];

const computeEnvironment: ResourceProvider = {
  async create(resource, context) {
    const { computeEnvironmentArn } = await context.client(batch.BatchClient).send(
      new batch.CreateComputeEnvironmentCommand(
        apiInput(batch.CreateComputeEnvironmentRequest$, {
          ...environmentProperties(without(resource.properties, ...ENVIRONMENT_UPDATE_PROPERTIES)),
          ComputeEnvironmentName: nameOf(resource, 'ComputeEnvironmentName', context, MAX_NAME),
        }),
      ),
    );
    return environmentSettled(computeEnvironmentArn!, context);
  },
  async update({ physicalId, properties: former }, resource, context) {
    const properties = backToDefaults(former, resource.properties, ENVIRONMENT_DEFAULTS);
    await context.client(batch.BatchClient).send(
      new batch.UpdateComputeEnvironmentCommand(
        apiInput(batch.UpdateComputeEnvironmentRequest$, {
          ...updatableEnvironmentProperties(properties),
          ComputeEnvironment: physicalId,
        }),
      ),
    );
    return environmentSettled(physicalId, context);
  },
  replaces(former, properties) {
    const resources = [former, properties].map(({ ComputeResources }) => (ComputeResources ?? {}) as Properties);
    const inPlace = String(properties.ReplaceComputeEnvironment) === 'false';
    return (
      changeOf('ComputeEnvironmentName', 'Type', 'EksConfiguration', 'Tags')(former, properties) ||
      changeOf('Type', ...(inPlace ? [] : INFRASTRUCTURE))(resources[0]!, resources[1]!)
    );
  },
  async delete({ physicalId }, context) {
    const client = context.client(batch.BatchClient);
    await client.send(new batch.UpdateComputeEnvironmentCommand({ computeEnvironment: physicalId, state: 'DISABLED' }));
    await context.until(async () => (await environment(physicalId, context))?.status !== 'UPDATING');
    await client.send(new batch.DeleteComputeEnvironmentCommand({ computeEnvironment: physicalId }));
    await untilDeleted(() => environment(physicalId, context), context);
  },
};

const ENVIRONMENT_DEFAULTS = { State: 'ENABLED', UnmanagedvCpus: 0 };

function environmentProperties(properties: Properties): Properties {
  const resources = properties.ComputeResources as Properties | undefined;
  return {
    ...upperCase(properties, 'Type'),
    ...(resources && { ComputeResources: upperCase(without(resources, 'UpdateToLatestImageVersion'), 'Type') }),
  };
}

function updatableEnvironmentProperties(properties: Properties): Properties {
  const resources = properties.ComputeResources as Properties | undefined;
  return {
    ...without(properties, 'ComputeEnvironmentName', 'Type', 'Tags', 'EksConfiguration', 'ReplaceComputeEnvironment'),
    ...(resources && { ComputeResources: without(resources, 'Type', 'SpotIamFleetRole') }),
  };
}

async function environment(
  name: string,
  context: ProviderContext,
): Promise<batch.ComputeEnvironmentDetail | undefined> {
  const { computeEnvironments } = await context
    .client(batch.BatchClient)
    .send(new batch.DescribeComputeEnvironmentsCommand({ computeEnvironments: [name] }));
  return computeEnvironments?.[0];
}

async function environmentSettled(environmentArn: string, context: ProviderContext): Promise<ResourceState> {
  const state = { physicalId: environmentArn, attributes: { ComputeEnvironmentArn: environmentArn } };
  return settled(state, () => environment(environmentArn, context), context);
}

const jobQueue: ResourceProvider = {
  async create(resource, context) {
    const { jobQueueArn } = await context.client(batch.BatchClient).send(
      new batch.CreateJobQueueCommand(
        apiInput(batch.CreateJobQueueRequest$, {
          ...resource.properties,
          JobQueueName: nameOf(resource, 'JobQueueName', context, MAX_NAME),
        }),
      ),
    );
    return queueSettled(jobQueueArn!, context);
  },
  async update({ physicalId, properties: former }, resource, context) {
    const properties = backToDefaults(former, resource.properties, QUEUE_DEFAULTS);
    await context.client(batch.BatchClient).send(
      new batch.UpdateJobQueueCommand(
        apiInput(batch.UpdateJobQueueRequest$, {
          ...without(properties, 'JobQueueName', 'JobQueueType', 'Tags'),
          JobQueue: physicalId,
        }),
      ),
    );
    return queueSettled(physicalId, context);
  },
  replaces: changeOf('JobQueueName', 'JobQueueType', 'Tags'),
  async delete({ physicalId }, context) {
    const client = context.client(batch.BatchClient);
    await client.send(new batch.UpdateJobQueueCommand({ jobQueue: physicalId, state: 'DISABLED' }));
    await context.until(async () => (await queue(physicalId, context))?.status !== 'UPDATING');
    await client.send(new batch.DeleteJobQueueCommand({ jobQueue: physicalId }));
    await untilDeleted(() => queue(physicalId, context), context);
  },
};

const QUEUE_DEFAULTS = { State: 'ENABLED', JobStateTimeLimitActions: [] };

async function queue(name: string, context: ProviderContext): Promise<batch.JobQueueDetail | undefined> {
  const { jobQueues } = await context
    .client(batch.BatchClient)
    .send(new batch.DescribeJobQueuesCommand({ jobQueues: [name] }));
  return jobQueues?.[0];
}

async function queueSettled(queueArn: string, context: ProviderContext): Promise<ResourceState> {
  return settled(
    { physicalId: queueArn, attributes: { JobQueueArn: queueArn } },
    () => queue(queueArn, context),
    context,
  );
}

interface Status {
  readonly status?: string;
  readonly statusReason?: string;
}

/** @throws ResourceFailure when it does not become VALID. */
async function settled(
  state: ResourceState,
  describe: () => Promise<Status | undefined>,
  context: ProviderContext,
): Promise<ResourceState> {
  let last: Status | undefined;
  await context.until(async () => {
    last = await describe();
    return last?.status !== 'CREATING' && last?.status !== 'UPDATING';
  });
  if (last?.status === 'VALID') return state;
  throw new ResourceFailure(`became ${last?.status ?? 'nothing'}: ${last?.statusReason ?? 'no reason given'}`, state);
}

async function untilDeleted(describe: () => Promise<Status | undefined>, context: ProviderContext): Promise<void> {
  let last: Status | undefined;
  const deleted = await context.until(async () => {
    last = await describe();
    return last === undefined || last.status === 'DELETED' || last.status === 'INVALID';
  });
  if (!deleted || last?.status === 'INVALID') throw new Error(`is not deleted: ${last?.statusReason ?? last?.status}`);
}

const jobDefinition: ResourceProvider = {
  create: (resource, context) => register(resource, nameOf(resource, 'JobDefinitionName', context, MAX_NAME), context),
  update: (existing, resource, context) => register(resource, definitionName(existing), context),
  replaces: changeOf('JobDefinitionName'),
  async delete({ physicalId }, context, successor) {
    if (successor !== undefined && keepsOldRevisions(successor)) return;
    await context
      .client(batch.BatchClient)
      .send(new batch.DeregisterJobDefinitionCommand({ jobDefinition: physicalId }));
  },
};

async function register(resource: DeclaredResource, name: string, context: ProviderContext): Promise<ResourceState> {
  const { jobDefinitionArn } = await context.client(batch.BatchClient).send(
    new batch.RegisterJobDefinitionCommand(
      apiInput(batch.RegisterJobDefinitionRequest$, {
        ...without(resource.properties, 'ResourceRetentionPolicy'),
        JobDefinitionName: name,
      }),
    ),
  );
  return { physicalId: jobDefinitionArn!, attributes: { JobDefinitionArn: jobDefinitionArn } };
}

/** The name in `…:job-definition/name:revision`. */
function definitionName({ physicalId }: ExistingResource): string {
  return physicalId.split('/')[1]!.split(':')[0]!;
}

function keepsOldRevisions({ properties }: DeclaredResource): boolean {
  const policy = properties.ResourceRetentionPolicy as { SkipDeregisterOnUpdate?: unknown } | undefined;
  return String(policy?.SkipDeregisterOnUpdate) === 'true';
}

const schedulingPolicy: ResourceProvider = {
  async create(resource, context) {
    const { arn } = await context.client(batch.BatchClient).send(
      new batch.CreateSchedulingPolicyCommand(
        apiInput(batch.CreateSchedulingPolicyRequest$, {
          ...resource.properties,
          Name: nameOf(resource, 'Name', context, MAX_NAME),
        }),
      ),
    );
    return { physicalId: arn!, attributes: { Arn: arn } };
  },
  async update({ physicalId, attributes }, resource, context) {
    await context.client(batch.BatchClient).send(
      new batch.UpdateSchedulingPolicyCommand(
        apiInput(batch.UpdateSchedulingPolicyRequest$, {
          ...without(resource.properties, 'Name', 'Tags'),
          Arn: physicalId,
        }),
      ),
    );
    return { physicalId, attributes };
  },
  replaces: changeOf('Name', 'Tags'),
  async delete({ physicalId }, context) {
    await context.client(batch.BatchClient).send(new batch.DeleteSchedulingPolicyCommand({ arn: physicalId }));
  },
};

const consumableResource: ResourceProvider = {
  async create(resource, context) {
    const { consumableResourceArn } = await context.client(batch.BatchClient).send(
      new batch.CreateConsumableResourceCommand(
        apiInput(batch.CreateConsumableResourceRequest$, {
          ...resource.properties,
          ConsumableResourceName: nameOf(resource, 'ConsumableResourceName', context, MAX_NAME),
        }),
      ),
    );
    return { physicalId: consumableResourceArn!, attributes: { ConsumableResourceArn: consumableResourceArn } };
  },
  async update({ physicalId, attributes }, resource, context) {
    await context.client(batch.BatchClient).send(
      new batch.UpdateConsumableResourceCommand({
        consumableResource: physicalId,
        operation: 'SET',
        quantity: Number(resource.properties.TotalQuantity),
      }),
    );
    return { physicalId, attributes };
  },
  replaces: changeOf('ConsumableResourceName', 'ResourceType', 'Tags'),
  async delete({ physicalId }, context) {
    await context
      .client(batch.BatchClient)
      .send(new batch.DeleteConsumableResourceCommand({ consumableResource: physicalId }));
  },
};

export const batchProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::Batch::ComputeEnvironment': computeEnvironment,
  'AWS::Batch::JobQueue': jobQueue,
  'AWS::Batch::JobDefinition': jobDefinition,
  'AWS::Batch::SchedulingPolicy': schedulingPolicy,
  'AWS::Batch::ConsumableResource': consumableResource,
};
