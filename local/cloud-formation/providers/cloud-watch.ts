import * as cloudwatch from '@aws-sdk/client-cloudwatch';
import { apiInput } from '../properties';
import type { DeclaredResource, ProviderContext, ResourceProvider, ResourceState } from '../provider';
import { changeOf, nameOf } from '../provider';
import { arn } from '../../world';

const alarm: ResourceProvider = {
  create: (resource, context) => putAlarm(resource, nameOf(resource, 'AlarmName', context, 255), context),
  update: ({ physicalId }, resource, context) => putAlarm(resource, physicalId, context),
  replaces: changeOf('AlarmName'),
  async delete({ physicalId }, context) {
    await context
      .client(cloudwatch.CloudWatchClient)
      .send(new cloudwatch.DeleteAlarmsCommand({ AlarmNames: [physicalId] }));
  },
};

async function putAlarm(
  { properties }: DeclaredResource,
  AlarmName: string,
  context: ProviderContext,
): Promise<ResourceState> {
  await context
    .client(cloudwatch.CloudWatchClient)
    .send(
      new cloudwatch.PutMetricAlarmCommand(apiInput(cloudwatch.PutMetricAlarmInput$, { ...properties, AlarmName })),
    );
  return { physicalId: AlarmName, attributes: { Arn: arn(context.world, 'cloudwatch', `alarm:${AlarmName}`) } };
}

const dashboard: ResourceProvider = {
  create: (resource, context) => putDashboard(resource, nameOf(resource, 'DashboardName', context, 255), context),
  update: ({ physicalId }, resource, context) => putDashboard(resource, physicalId, context),
  replaces: changeOf('DashboardName'),
  async delete({ physicalId }, context) {
    await context
      .client(cloudwatch.CloudWatchClient)
      .send(new cloudwatch.DeleteDashboardsCommand({ DashboardNames: [physicalId] }));
  },
};

async function putDashboard(
  { properties }: DeclaredResource,
  DashboardName: string,
  context: ProviderContext,
): Promise<ResourceState> {
  await context
    .client(cloudwatch.CloudWatchClient)
    .send(
      new cloudwatch.PutDashboardCommand(apiInput(cloudwatch.PutDashboardInput$, { ...properties, DashboardName })),
    );
  return { physicalId: DashboardName };
}

export const cloudWatchProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::CloudWatch::Alarm': alarm,
  'AWS::CloudWatch::Dashboard': dashboard,
};
