import * as lambda from '@aws-sdk/client-lambda';
import { apiInput, backToDefaults, only, without } from '../properties';
import type { DeclaredResource, ExistingResource, ProviderContext, ResourceProvider, ResourceState } from '../provider';
import { changeOf, nameOf } from '../provider';
import type { Properties } from '../template';

const lambdaFunction: ResourceProvider = {
  async create(resource, context) {
    const { FunctionArn } = await context.client(lambda.LambdaClient).send(
      new lambda.CreateFunctionCommand(
        apiInput(lambda.CreateFunctionRequest$, {
          ...without(resource.properties, 'ReservedConcurrentExecutions', 'RecursiveLoop', 'RuntimeManagementConfig'),
          FunctionName: nameOf(resource, 'FunctionName', context, 64),
        }),
      ),
    );
    const state = functionState(FunctionArn!);
    await reserveConcurrency(state.physicalId, {}, resource.properties, context);
    return state;
  },
  async update(existing, resource, context) {
    const client = context.client(lambda.LambdaClient);
    const { physicalId: FunctionName } = existing;
    const code = resource.properties.Code as Properties;
    await client.send(
      new lambda.UpdateFunctionCodeCommand(
        apiInput(lambda.UpdateFunctionCodeRequest$, {
          ...code,
          ...only(resource.properties, 'Architectures'),
          FunctionName,
        }),
      ),
    );
    await client.send(
      new lambda.UpdateFunctionConfigurationCommand(
        apiInput(lambda.UpdateFunctionConfigurationRequest$, {
          ...without(backToDefaults(existing.properties, resource.properties, DEFAULTS), ...NOT_CONFIGURATION),
          FunctionName,
        }),
      ),
    );
    await reserveConcurrency(FunctionName, existing.properties, resource.properties, context);
    return { physicalId: FunctionName, attributes: existing.attributes };
  },
  replaces: changeOf('FunctionName', 'PackageType'),
  async delete({ physicalId }, context) {
    await context.client(lambda.LambdaClient).send(new lambda.DeleteFunctionCommand({ FunctionName: physicalId }));
  },
};

const DEFAULTS = {
  Description: '',
  Environment: { Variables: {} },
  MemorySize: 128,
  Timeout: 3,
  DeadLetterConfig: { TargetArn: '' },
};

/** What `UpdateFunctionConfiguration` does not take. */
const NOT_CONFIGURATION = [
  'FunctionName',
  'Code',
  'Architectures',
  'PackageType',
  'Tags',
  'ReservedConcurrentExecutions',
  'RecursiveLoop',
  'RuntimeManagementConfig',
];

function functionState(functionArn: string): ResourceState {
  return { physicalId: functionArn.split(':')[6]!, attributes: { Arn: functionArn } };
}

async function reserveConcurrency(
  FunctionName: string,
  former: Properties,
  properties: Properties,
  context: ProviderContext,
): Promise<void> {
  const client = context.client(lambda.LambdaClient);
  const reserved = properties.ReservedConcurrentExecutions;
  if (reserved !== undefined) {
    const ReservedConcurrentExecutions = Number(reserved);
    await client.send(new lambda.PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions }));
  } else if (former.ReservedConcurrentExecutions !== undefined) {
    await client.send(new lambda.DeleteFunctionConcurrencyCommand({ FunctionName }));
  }
}

const permission: ResourceProvider = {
  async create(resource, context) {
    const statementId = context.physicalName(resource, 100);
    await context
      .client(lambda.LambdaClient)
      .send(
        new lambda.AddPermissionCommand(
          apiInput(lambda.AddPermissionRequest$, { ...resource.properties, StatementId: statementId }),
        ),
      );
    return { physicalId: statementId, attributes: { Id: statementId } };
  },
  async delete({ physicalId, properties }, context) {
    await context
      .client(lambda.LambdaClient)
      .send(
        new lambda.RemovePermissionCommand({ FunctionName: String(properties.FunctionName), StatementId: physicalId }),
      );
  },
};

const eventSourceMapping: ResourceProvider = {
  async create(resource, context) {
    const { UUID, EventSourceMappingArn } = await context
      .client(lambda.LambdaClient)
      .send(
        new lambda.CreateEventSourceMappingCommand(
          apiInput(lambda.CreateEventSourceMappingRequest$, resource.properties),
        ),
      );
    return { physicalId: UUID!, attributes: { Id: UUID, EventSourceMappingArn } };
  },
  async update({ physicalId, attributes, properties: former }, resource, context) {
    const properties = backToDefaults(former, resource.properties, MAPPING_DEFAULTS);
    await context.client(lambda.LambdaClient).send(
      new lambda.UpdateEventSourceMappingCommand(
        apiInput(lambda.UpdateEventSourceMappingRequest$, {
          ...without(properties, 'EventSourceArn', 'StartingPosition', 'Tags'),
          UUID: physicalId,
        }),
      ),
    );
    return { physicalId, attributes };
  },
  replaces: changeOf('EventSourceArn', 'StartingPosition'),
  async delete({ physicalId }, context) {
    await context.client(lambda.LambdaClient).send(new lambda.DeleteEventSourceMappingCommand({ UUID: physicalId }));
  },
};

const MAPPING_DEFAULTS = {
  BatchSize: 10,
  Enabled: true,
  FilterCriteria: {},
  FunctionResponseTypes: [],
  MaximumBatchingWindowInSeconds: 0,
  ScalingConfig: {},
};

const eventInvokeConfig: ResourceProvider = {
  create: putEventInvokeConfig,
  update: (_existing, resource, context) => putEventInvokeConfig(resource, context),
  replaces: changeOf('FunctionName', 'Qualifier'),
  async delete(existing, context) {
    await context
      .client(lambda.LambdaClient)
      .send(new lambda.DeleteFunctionEventInvokeConfigCommand(qualifiedFunction(existing)));
  },
};

async function putEventInvokeConfig(resource: DeclaredResource, context: ProviderContext): Promise<ResourceState> {
  await context
    .client(lambda.LambdaClient)
    .send(
      new lambda.PutFunctionEventInvokeConfigCommand(
        apiInput(lambda.PutFunctionEventInvokeConfigRequest$, resource.properties),
      ),
    );
  const { FunctionName, Qualifier } = qualifiedFunction(resource);
  return { physicalId: `${FunctionName}|${Qualifier}` };
}

function qualifiedFunction({ properties }: DeclaredResource | ExistingResource): {
  FunctionName: string;
  Qualifier: string;
} {
  return { FunctionName: String(properties.FunctionName), Qualifier: String(properties.Qualifier) };
}

export const lambdaProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::Lambda::Function': lambdaFunction,
  'AWS::Lambda::Permission': permission,
  'AWS::Lambda::EventSourceMapping': eventSourceMapping,
  'AWS::Lambda::EventInvokeConfig': eventInvokeConfig,
};
