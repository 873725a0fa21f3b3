import * as dynamodb from '@aws-sdk/client-dynamodb';
import { apiInput, without } from '../properties';
import type { ProviderContext, ResourceProvider } from '../provider';
import { changeOf, nameOf } from '../provider';
import type { Properties } from '../template';

const table: ResourceProvider = {
  async create(resource, context) {
    const client = context.client(dynamodb.DynamoDBClient);
    const name = nameOf(resource, 'TableName', context, 255);
    await client.send(
      new dynamodb.CreateTableCommand(
        apiInput(dynamodb.CreateTableInput$, { ...tableProperties(resource.properties), TableName: name }),
      ),
    );
    let description: dynamodb.TableDescription | undefined;
    await context.until(async () => {
      ({ Table: description } = await client.send(new dynamodb.DescribeTableCommand({ TableName: name })));
      return description?.TableStatus === 'ACTIVE';
    });
    await configure(name, resource.properties, context);
    return { physicalId: name, attributes: { Arn: description?.TableArn } };
  },
  async update({ physicalId, attributes }, resource, context) {
    await configure(physicalId, resource.properties, context);
    return { physicalId, attributes };
  },
  replaces: changeOf(
    'TableName',
    'KeySchema',
    'AttributeDefinitions',
    'LocalSecondaryIndexes',
    'GlobalSecondaryIndexes',
  ),
  async delete({ physicalId }, context) {
    await context.client(dynamodb.DynamoDBClient).send(new dynamodb.DeleteTableCommand({ TableName: physicalId }));
  },
};

function tableProperties(properties: Properties): Properties {
  const encryption = properties.SSESpecification as Properties | undefined;
  const policy = properties.ResourcePolicy as Properties | undefined;
  return {
    ...without(properties, 'SSESpecification', 'ResourcePolicy', ...CONFIGURED_AFTERWARDS),
    ...(policy && { ResourcePolicy: policy.PolicyDocument }),
    ...(encryption && { SSESpecification: { ...without(encryption, 'SSEEnabled'), Enabled: encryption.SSEEnabled } }),
  };
}

/** What `CreateTable` does not take. */
const CONFIGURED_AFTERWARDS = ['PointInTimeRecoverySpecification', 'TimeToLiveSpecification'];

async function configure(TableName: string, properties: Properties, context: ProviderContext): Promise<void> {
  const client = context.client(dynamodb.DynamoDBClient);
  const { PointInTimeRecoverySpecification: recovery, TimeToLiveSpecification: timeToLive } = properties;
  if (recovery !== undefined) {
    await client.send(
      new dynamodb.UpdateContinuousBackupsCommand(
        apiInput(dynamodb.UpdateContinuousBackupsInput$, { TableName, PointInTimeRecoverySpecification: recovery }),
      ),
    );
  }
  if (timeToLive !== undefined) {
    await client.send(
      new dynamodb.UpdateTimeToLiveCommand(
        apiInput(dynamodb.UpdateTimeToLiveInput$, { TableName, TimeToLiveSpecification: timeToLive }),
      ),
    );
  }
}

export const dynamoDbProviders: Readonly<Record<string, ResourceProvider>> = { 'AWS::DynamoDB::Table': table };
