import * as eventbridge from '@aws-sdk/client-eventbridge';
import { apiInput, without } from '../properties';
import type { DeclaredResource, ExistingResource, ProviderContext, ResourceProvider, ResourceState } from '../provider';
import { changeOf, nameOf } from '../provider';
import type { Properties } from '../template';

const rule: ResourceProvider = {
  create: (resource, context) => put(resource, nameOf(resource, 'Name', context, 64), context),
  async update(existing, resource, context) {
    const kept = targetIds(resource.properties);
    await removeTargets(
      existing,
      targetIds(existing.properties).filter((id) => !kept.includes(id)),
      context,
    );
    return put(resource, existing.physicalId, context);
  },
  replaces: changeOf('Name', 'EventBusName'),
  async delete(existing, context) {
    await removeTargets(existing, targetIds(existing.properties), context);
    await context
      .client(eventbridge.EventBridgeClient)
      .send(new eventbridge.DeleteRuleCommand({ Name: existing.physicalId, EventBusName: busOf(existing) }));
  },
};

async function put(resource: DeclaredResource, name: string, context: ProviderContext): Promise<ResourceState> {
  const client = context.client(eventbridge.EventBridgeClient);
  const { RuleArn } = await client.send(
    new eventbridge.PutRuleCommand(
      apiInput(eventbridge.PutRuleRequest$, { ...without(resource.properties, 'Targets'), Name: name }),
    ),
  );
  if (targetIds(resource.properties).length > 0) {
    const { FailedEntries = [] } = await client.send(
      new eventbridge.PutTargetsCommand(
        apiInput(eventbridge.PutTargetsRequest$, {
          Rule: name,
          EventBusName: busOf(resource),
          Targets: resource.properties.Targets,
        }),
      ),
    );
    if (FailedEntries.length > 0) throw new Error(FailedEntries.map(({ ErrorMessage }) => ErrorMessage).join('; '));
  }
  return { physicalId: name, attributes: { Arn: RuleArn } };
}

async function removeTargets(existing: ExistingResource, ids: string[], context: ProviderContext): Promise<void> {
  if (ids.length === 0) return;
  await context
    .client(eventbridge.EventBridgeClient)
    .send(new eventbridge.RemoveTargetsCommand({ Rule: existing.physicalId, EventBusName: busOf(existing), Ids: ids }));
}

function targetIds({ Targets }: Properties): string[] {
  return ((Targets ?? []) as { Id: string }[]).map(({ Id }) => Id);
}

function busOf({ properties }: DeclaredResource): string | undefined {
  return properties.EventBusName as string | undefined;
}

export const eventBridgeProviders: Readonly<Record<string, ResourceProvider>> = { 'AWS::Events::Rule': rule };
