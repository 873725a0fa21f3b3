import { AutoScalingClient } from '@aws-sdk/client-auto-scaling';
import { BatchClient } from '@aws-sdk/client-batch';
import { ECSClient } from '@aws-sdk/client-ecs';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import {
  ANSWER_TIMEOUT_SECONDS,
  ECS_CLUSTER_RESOURCE_TYPE,
  parseEcsCluster,
  parsePoolLifecycle,
  POOL_LIFECYCLE_RESOURCE_TYPE,
} from '../../lib/lifecycle/config';
import { awsHandler } from '../runtime/aws-runtime';
import { client } from '../runtime/clients';
import { errorFields, jsonLog } from '../runtime/log';
import type { CreateHandler } from '../runtime/runtime';
import { type Answer, NEVER_CREATED, send } from './custom-resource';
import { findCluster } from './ecs-cluster';
import { emptyGroup } from './empty-group';
import { suspendRebalancing } from './group';

/** CloudFormation's event, and when an earlier invocation began with it. */
export type LifecycleEvent = CloudFormationCustomResourceEvent & { readonly startedAt?: number };

/** What an invocation keeps for itself, to answer or to go on in another one. */
const LAST_MOMENTS = 60_000;

export const createHandler: CreateHandler<LifecycleEvent, void> = (runtime) => {
  const { clock, env, put } = runtime;
  const log = jsonLog(runtime.log);
  const clients = {
    autoScaling: client(AutoScalingClient, runtime),
    batch: client(BatchClient, runtime),
    ecs: client(ECSClient, runtime),
  };
  const lambda = client(LambdaClient, runtime);

  /** @returns nothing when it takes longer than this invocation may */
  async function handle(event: LifecycleEvent, startedAt: number, deadline: number): Promise<Answer | undefined> {
    const { RequestType, ResourceProperties, ResourceType } = event;
    if (RequestType === 'Delete') {
      const done: Answer = { status: 'SUCCESS', physicalId: event.PhysicalResourceId };
      if (ResourceType === ECS_CLUSTER_RESOURCE_TYPE || event.PhysicalResourceId === NEVER_CREATED) return done;
      return (await deletePool(event, startedAt, deadline)) ? done : undefined;
    }
    switch (ResourceType) {
      case ECS_CLUSTER_RESOURCE_TYPE: {
        const data = await findCluster(clients.batch, clock, parseEcsCluster(ResourceProperties), deadline);
        return { status: 'SUCCESS', physicalId: data.ClusterArn, data };
      }
      case POOL_LIFECYCLE_RESOURCE_TYPE: {
        const { AutoScalingGroupName } = parsePoolLifecycle(ResourceProperties);
        await suspendRebalancing(clients.autoScaling, AutoScalingGroupName);
        return { status: 'SUCCESS', physicalId: AutoScalingGroupName };
      }
      default:
        throw new Error(`This function serves no resources of type ${ResourceType}`);
    }
  }

  /** @returns whether the pool is empty; else there is time left for another invocation */
  async function deletePool(event: LifecycleEvent, startedAt: number, deadline: number): Promise<boolean> {
    const properties = parsePoolLifecycle(event.ResourceProperties);
    const giveUpAt = startedAt + ANSWER_TIMEOUT_SECONDS * 1000 - LAST_MOMENTS;
    const waiting = await emptyGroup(clients, clock, properties, startedAt, Math.min(deadline, giveUpAt));
    if (waiting.length === 0) return true;
    log.info('waiting', { autoScalingGroup: properties.AutoScalingGroupName, waiting });
    if (giveUpAt > deadline) return false;
    throw new Error(
      `Auto Scaling group ${properties.AutoScalingGroupName} is not empty: ${waiting.join(', ')}. ` +
        'Wait for the jobs there or terminate them, and delete again.',
    );
  }

  return async (event, context) => {
    const now = clock.now().getTime();
    const startedAt = event.startedAt ?? now;
    let answer: Answer | undefined;
    try {
      answer = await handle(event, startedAt, now + context.getRemainingTimeInMillis() - LAST_MOMENTS);
      if (!answer) {
        await lambda.send(
          new InvokeCommand({
            FunctionName: env['AWS_LAMBDA_FUNCTION_NAME'],
            InvocationType: 'Event',
            Payload: JSON.stringify({ ...event, startedAt } satisfies LifecycleEvent),
          }),
        );
        return;
      }
    } catch (error) {
      const { error: reason } = errorFields(error);
      log.error('request failed', {
        requestType: event.RequestType,
        resourceType: event.ResourceType,
        ...errorFields(error),
      });
      const physicalId = event.RequestType === 'Create' ? NEVER_CREATED : event.PhysicalResourceId;
      answer = { status: 'FAILED', physicalId, reason };
    }
    await send(put, clock, event, answer);
  };
};

export const handler = awsHandler(createHandler);
