import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { CustomResourceResponse } from '../custom-resource-responses';
import { without } from '../properties';
import type { DeclaredResource, ExistingResource, ProviderContext, ResourceProvider, ResourceState } from '../provider';
import { changeOf, ResourceFailure } from '../provider';
import type { Properties } from '../template';

/** CloudFormation gives up on a custom resource after this long, or after its `ServiceTimeout`. */
const DEFAULT_TIMEOUT_SECONDS = 3_600;

type Request =
  | { RequestType: 'Create' }
  | { RequestType: 'Update'; PhysicalResourceId: string; OldResourceProperties: Properties }
  | { RequestType: 'Delete'; PhysicalResourceId: string };

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html */
export const customResource: ResourceProvider = {
  create: (resource, context) => ask(resource, { RequestType: 'Create' }, context),
  update: (existing, resource, context) =>
    ask(
      resource,
      {
        RequestType: 'Update',
        PhysicalResourceId: existing.physicalId,
        OldResourceProperties: stringified(existing.properties) as Properties,
      },
      context,
      existing,
    ),
  replaces: changeOf('ServiceToken'),
  async delete(existing, context) {
    await ask(existing, { RequestType: 'Delete', PhysicalResourceId: existing.physicalId }, context, existing);
  },
};

async function ask(
  resource: DeclaredResource,
  request: Request,
  context: ProviderContext,
  existing?: ExistingResource,
): Promise<ResourceState> {
  const requestId = context.random.uuid();
  const url = context.responses.open(context.world.region, requestId);
  const { ServiceToken, ServiceTimeout } = resource.properties;
  const event = {
    ...request,
    ServiceToken,
    ResponseURL: url,
    StackId: resource.stackId,
    RequestId: requestId,
    LogicalResourceId: resource.logicalId,
    ResourceType: resource.type,
    ResourceProperties: stringified(without(resource.properties, 'ServiceTimeout')),
  };
  await deliver(String(ServiceToken), JSON.stringify(event), context);

  let answer: CustomResourceResponse | undefined;
  await context.until(
    () => (answer = context.responses.answer(url)) !== undefined,
    Number(ServiceTimeout ?? DEFAULT_TIMEOUT_SECONDS),
  );
  const physicalId = answer?.PhysicalResourceId ?? existing?.physicalId ?? requestId;
  const state = { physicalId, attributes: answer?.Data };
  if (answer?.Status === 'SUCCESS') return state;
  throw new ResourceFailure(
    answer === undefined
      ? 'CloudFormation did not receive a response from your Custom Resource'
      : `received response status FAILED: ${answer.Reason ?? 'no reason given'}`,
    state,
  );
}

async function deliver(serviceToken: string, message: string, context: ProviderContext): Promise<void> {
  if (serviceToken.split(':')[2] === 'sns') {
    await context.client(SNSClient).send(new PublishCommand({ TopicArn: serviceToken, Message: message }));
    return;
  }
  await context
    .client(LambdaClient)
    .send(new InvokeCommand({ FunctionName: serviceToken, InvocationType: 'Event', Payload: Buffer.from(message) }));
}

/** CloudFormation hands every scalar over as text. */
function stringified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringified);
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, stringified(member)]));
  }
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}
