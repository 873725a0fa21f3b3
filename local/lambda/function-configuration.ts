import type * as lambda from '@aws-sdk/client-lambda';
import { ServiceError } from '../wire/service';

/** Lambda's model allows more, to functions on instances of one's own. */
const LONGEST_TIMEOUT = 900;
const MOST_MEMORY = 10_240;

/** What a function is configured with. */
export interface FunctionConfiguration {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly runtime?: string;
  /** `<file>.<export>` */
  readonly handler: string;
  /** Where the code lies. */
  readonly codeDirectory: string;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly logGroup: string;
  readonly deadLetterTargetArn?: string;
  readonly description: string;
  readonly architectures: lambda.Architecture[];
  readonly lastModified: number;
  readonly revisionId: string;
}

/** What the API may change of a configuration. */
export type ConfigurationInput = Pick<
  lambda.UpdateFunctionConfigurationRequest,
  | 'Role'
  | 'Runtime'
  | 'Handler'
  | 'Timeout'
  | 'MemorySize'
  | 'Environment'
  | 'LoggingConfig'
  | 'DeadLetterConfig'
  | 'Description'
>;

/** The configuration with what the input names changed. */
export function configured(base: FunctionConfiguration, input: ConfigurationInput): FunctionConfiguration {
  const { Timeout: timeoutSeconds = base.timeoutSeconds, MemorySize: memoryMiB = base.memoryMiB } = input;
  if (timeoutSeconds > LONGEST_TIMEOUT) throw above('timeout', timeoutSeconds, LONGEST_TIMEOUT);
  if (memoryMiB > MOST_MEMORY) throw above('memorySize', memoryMiB, MOST_MEMORY);
  return {
    ...base,
    timeoutSeconds,
    memoryMiB,
    roleArn: input.Role ?? base.roleArn,
    runtime: input.Runtime ?? base.runtime,
    handler: input.Handler ?? base.handler,
    environment: input.Environment?.Variables ?? base.environment,
    logGroup: input.LoggingConfig?.LogGroup ?? base.logGroup,
    deadLetterTargetArn: input.DeadLetterConfig ? input.DeadLetterConfig.TargetArn : base.deadLetterTargetArn,
    description: input.Description ?? base.description,
  };
}

/** As `GetFunctionConfiguration` shows it. */
export function describeConfiguration(configuration: FunctionConfiguration): lambda.FunctionConfiguration {
  const { deadLetterTargetArn } = configuration;
  return {
    FunctionName: configuration.name,
    FunctionArn: configuration.arn,
    Role: configuration.roleArn,
    Runtime: configuration.runtime as lambda.Runtime | undefined,
    Handler: configuration.handler,
    Timeout: configuration.timeoutSeconds,
    MemorySize: configuration.memoryMiB,
    Environment: { Variables: { ...configuration.environment } },
    LoggingConfig: { LogFormat: 'Text', LogGroup: configuration.logGroup },
    DeadLetterConfig: deadLetterTargetArn === undefined ? undefined : { TargetArn: deadLetterTargetArn },
    Description: configuration.description,
    Architectures: [...configuration.architectures],
    LastModified: new Date(configuration.lastModified).toISOString().replace('Z', '+0000'),
    RevisionId: configuration.revisionId,
    PackageType: 'Zip',
    Version: '$LATEST',
    State: 'Active',
    LastUpdateStatus: 'Successful',
  };
}

function above(member: string, value: number, maximum: number): ServiceError {
  return new ServiceError(
    'InvalidParameterValueException',
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have value less than or equal to ${maximum}`,
  );
}
