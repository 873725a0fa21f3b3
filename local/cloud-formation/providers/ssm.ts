import * as ssm from '@aws-sdk/client-ssm';
import { apiInput, without } from '../properties';
import type { DeclaredResource, ProviderContext, ResourceProvider, ResourceState } from '../provider';
import { changeOf, nameOf } from '../provider';

const parameter: ResourceProvider = {
  create: (resource, context) => put(resource, nameOf(resource, 'Name', context, 1011), {}, context),
  update: ({ physicalId }, resource, context) => put(resource, physicalId, { Overwrite: true }, context),
  replaces: changeOf('Name', 'Type'),
  async delete({ physicalId }, context) {
    await context.client(ssm.SSMClient).send(new ssm.DeleteParameterCommand({ Name: physicalId }));
  },
};

async function put(
  { properties }: DeclaredResource,
  Name: string,
  how: { Overwrite?: boolean },
  context: ProviderContext,
): Promise<ResourceState> {
  await context
    .client(ssm.SSMClient)
    .send(
      new ssm.PutParameterCommand(apiInput(ssm.PutParameterRequest$, { ...without(properties, 'Tags'), ...how, Name })),
    );
  return { physicalId: Name, attributes: { Type: properties.Type, Value: properties.Value } };
}

export const ssmProviders: Readonly<Record<string, ResourceProvider>> = { 'AWS::SSM::Parameter': parameter };
