import { INERT_TYPES, inertProvider } from './inert-types';
import type { ResourceProvider } from './provider';
import { autoScalingProviders } from './providers/auto-scaling';
import { batchProviders } from './providers/batch';
import { cloudWatchProviders } from './providers/cloud-watch';
import { customResource } from './providers/custom-resource';
import { dynamoDbProviders } from './providers/dynamo-db';
import { ec2Providers } from './providers/ec2';
import { efsProviders } from './providers/efs';
import { eventBridgeProviders } from './providers/event-bridge';
import { iamProviders } from './providers/iam';
import { lambdaProviders } from './providers/lambda';
import { logsProviders } from './providers/logs';
import { schedulerProviders } from './providers/scheduler';
import { snsProviders } from './providers/sns';
import { sqsProviders } from './providers/sqs';
import { ssmProviders } from './providers/ssm';
import { TemplateError } from './template';

/** @throws TemplateError, naming type and path, when the type is not known. */
export type ProviderOf = (type: string, path: string) => ResourceProvider;

const PROVIDERS: Readonly<Record<string, ResourceProvider>> = {
  ...autoScalingProviders,
  ...batchProviders,
  ...cloudWatchProviders,
  ...dynamoDbProviders,
  ...ec2Providers,
  ...efsProviders,
  ...eventBridgeProviders,
  ...iamProviders,
  ...lambdaProviders,
  ...logsProviders,
  ...schedulerProviders,
  ...snsProviders,
  ...sqsProviders,
  ...ssmProviders,
  'AWS::CloudFormation::CustomResource': customResource,
};

/** @param inertTypes types that the user says may do nothing, beyond those of `INERT_TYPES`. */
export function providersWith(inertTypes: readonly string[]): ProviderOf {
  return (type, path) => {
    const known = PROVIDERS[type];
    if (known !== undefined) return known;
    const inert = INERT_TYPES[type] ?? (inertTypes.includes(type) ? {} : undefined);
    if (inert !== undefined) return inertProvider(inert);
    if (type.startsWith('Custom::')) return customResource;
    throw new TemplateError(
      `${path}: the local AWS does not know ${type}; pass it as an inert type if what is rehearsed can do without it`,
    );
  };
}
