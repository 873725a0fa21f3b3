import * as logs from '@aws-sdk/client-cloudwatch-logs';
import { apiInput, only } from '../properties';
import type { ProviderContext, ResourceProvider } from '../provider';
import { changeOf, nameOf } from '../provider';
import type { Properties } from '../template';
import { arn } from '../../world';

const logGroup: ResourceProvider = {
  async create(resource, context) {
    const logGroupName = nameOf(resource, 'LogGroupName', context, 512);
    await context.client(logs.CloudWatchLogsClient).send(
      new logs.CreateLogGroupCommand(
        apiInput(logs.CreateLogGroupRequest$, {
          ...only(resource.properties, 'KmsKeyId', 'LogGroupClass', 'Tags'),
          logGroupName,
        }),
      ),
    );
    await keepFor(logGroupName, {}, resource.properties, context);
    return {
      physicalId: logGroupName,
      attributes: { Arn: `${arn(context.world, 'logs', `log-group:${logGroupName}`)}:*` },
    };
  },
  async update({ physicalId, attributes, properties: former }, { properties }, context) {
    await keepFor(physicalId, former, properties, context);
    return { physicalId, attributes };
  },
  replaces: changeOf('LogGroupName'),
  async delete({ physicalId }, context) {
    await context.client(logs.CloudWatchLogsClient).send(new logs.DeleteLogGroupCommand({ logGroupName: physicalId }));
  },
};

async function keepFor(
  logGroupName: string,
  former: Properties,
  { RetentionInDays }: Properties,
  context: ProviderContext,
): Promise<void> {
  const client = context.client(logs.CloudWatchLogsClient);
  if (RetentionInDays !== undefined) {
    await client.send(new logs.PutRetentionPolicyCommand({ logGroupName, retentionInDays: Number(RetentionInDays) }));
  } else if (former.RetentionInDays !== undefined) {
    await client.send(new logs.DeleteRetentionPolicyCommand({ logGroupName }));
  }
}

export const logsProviders: Readonly<Record<string, ResourceProvider>> = { 'AWS::Logs::LogGroup': logGroup };
