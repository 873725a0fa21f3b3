import * as scheduler from '@aws-sdk/client-scheduler';
import { apiInput } from '../properties';
import type { ExistingResource, ResourceProvider } from '../provider';
import { changeOf, nameOf } from '../provider';

const schedule: ResourceProvider = {
  async create(resource, context) {
    const name = nameOf(resource, 'Name', context, 64);
    const { ScheduleArn } = await context
      .client(scheduler.SchedulerClient)
      .send(
        new scheduler.CreateScheduleCommand(
          apiInput(scheduler.CreateScheduleInput$, { ...resource.properties, Name: name }),
        ),
      );
    return { physicalId: name, attributes: { Arn: ScheduleArn } };
  },
  async update({ physicalId, attributes }, resource, context) {
    await context
      .client(scheduler.SchedulerClient)
      .send(
        new scheduler.UpdateScheduleCommand(
          apiInput(scheduler.UpdateScheduleInput$, { ...resource.properties, Name: physicalId }),
        ),
      );
    return { physicalId, attributes };
  },
  replaces: changeOf('Name', 'GroupName'),
  async delete(existing, context) {
    await context
      .client(scheduler.SchedulerClient)
      .send(new scheduler.DeleteScheduleCommand({ Name: existing.physicalId, GroupName: groupOf(existing) }));
  },
};

function groupOf({ properties }: ExistingResource): string | undefined {
  return properties.GroupName as string | undefined;
}

const scheduleGroup: ResourceProvider = {
  async create(resource, context) {
    const name = nameOf(resource, 'Name', context, 64);
    const { ScheduleGroupArn } = await context
      .client(scheduler.SchedulerClient)
      .send(
        new scheduler.CreateScheduleGroupCommand(
          apiInput(scheduler.CreateScheduleGroupInput$, { ...resource.properties, Name: name }),
        ),
      );
    return { physicalId: name, attributes: { Arn: ScheduleGroupArn } };
  },
  async delete({ physicalId }, context) {
    await context
      .client(scheduler.SchedulerClient)
      .send(new scheduler.DeleteScheduleGroupCommand({ Name: physicalId }));
  },
};

export const schedulerProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::Scheduler::Schedule': schedule,
  'AWS::Scheduler::ScheduleGroup': scheduleGroup,
};
