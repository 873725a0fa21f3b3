import * as dynamodb from '@aws-sdk/client-dynamodb';
import { apiInput, without } from '../properties';
import type { ResourceProvider, ResourceState } from '../provider';
import { changeOf, nameOf } from '../provider';

/** What the local database lacks: backups, encryption, expiry of items, resource policies. */
const NOT_LOCAL = [
  'PointInTimeRecoverySpecification',
  'SSESpecification',
  'TimeToLiveSpecification',
  'ContributorInsightsSpecification',
  'KinesisStreamSpecification',
  'ImportSourceSpecification',
  'ResourcePolicy',
  'DeletionProtectionEnabled',
  'TableClass',
  'Tags',
];

const table: ResourceProvider = {
  async create(resource, context) {
    const client = context.client(dynamodb.DynamoDBClient);
    const name = nameOf(resource, 'TableName', context, 255);
    await client.send(
      new dynamodb.CreateTableCommand(
        apiInput(dynamodb.CreateTableInput$, { ...without(resource.properties, ...NOT_LOCAL), TableName: name }),
      ),
    );
    let description: dynamodb.TableDescription | undefined;
    await context.until(async () => {
      ({ Table: description } = await client.send(new dynamodb.DescribeTableCommand({ TableName: name })));
      return description?.TableStatus === 'ACTIVE';
    });
    return { physicalId: name, attributes: { Arn: description?.TableArn } };
  },
  replaces: changeOf(
    'TableName',
    'KeySchema',
    'AttributeDefinitions',
    'LocalSecondaryIndexes',
    'GlobalSecondaryIndexes',
  ),
  update: async ({ physicalId, attributes }): Promise<ResourceState> => ({ physicalId, attributes }),
  async delete({ physicalId }, context) {
    await context.client(dynamodb.DynamoDBClient).send(new dynamodb.DeleteTableCommand({ TableName: physicalId }));
  },
};

export const dynamoDbProviders: Readonly<Record<string, ResourceProvider>> = { 'AWS::DynamoDB::Table': table };
