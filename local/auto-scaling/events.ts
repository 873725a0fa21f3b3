import { arn } from '../world';
import type { World } from '../world';
import type { Activity } from './activities';
import { placementDetails } from './placement';

/** `EC2 Instance Launch Successful` or `Unsuccessful`, by the activity that has just ended. */
export function publishLaunch(world: World, activity: Activity, instanceId?: string): void {
  const outcome = activity.status === 'Successful' ? 'Successful' : 'Unsuccessful';
  publish(world, `EC2 Instance Launch ${outcome}`, activity, instanceId);
}

export function publishTermination(world: World, activity: Activity, instanceId: string): void {
  publish(world, 'EC2 Instance Terminate Successful', activity, instanceId);
}

function publish(world: World, detailType: string, activity: Activity, instanceId?: string): void {
  const instance = instanceId === undefined ? [] : [arn(world, 'ec2', `instance/${instanceId}`)];
  world.events.publish({
    source: 'aws.autoscaling',
    detailType,
    resources: [activity.groupArn, ...instance],
    detail: {
      // AWS says InProgress of a success: the event is sent as part of the activity.
      StatusCode: activity.status === 'Successful' ? 'InProgress' : activity.status,
      Description: activity.description,
      AutoScalingGroupName: activity.groupName,
      ActivityId: activity.id,
      Details: activity.placement ? placementDetails(activity.placement) : {},
      RequestId: activity.id,
      StatusMessage: activity.statusMessage ?? '',
      StartTime: new Date(activity.startedAt).toISOString(),
      EndTime: new Date(activity.endedAt ?? activity.startedAt).toISOString(),
      EC2InstanceId: instanceId ?? '',
      Cause: activity.cause,
    },
  });
}
