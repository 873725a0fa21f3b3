import * as ssm from '@aws-sdk/client-ssm';
import type { Service } from '../wire/service';
import { ServiceError } from '../wire/service';
import { arn } from '../world';
import type { World } from '../world';
import { publicParameter } from './public-parameters';

interface StoredParameter {
  readonly name: string;
  readonly type: ssm.ParameterType;
  readonly value: string;
  readonly version: number;
  readonly modifiedAt: number;
  readonly description?: string;
}

/** AWS Systems Manager's Parameter Store. */
export class SsmService {
  readonly api: Service;
  private readonly parameters = new Map<string, StoredParameter>();

  constructor(private readonly world: World) {
    this.api = {
      signingName: 'ssm',
      protocol: 'json1.1',
      sdk: ssm,
      operations: {
        PutParameter: (input: ssm.PutParameterRequest) => this.put(input),
        GetParameter: ({ Name }: ssm.GetParameterRequest): ssm.GetParameterResult => {
          const found = this.find(Name!);
          if (found === undefined) throw notFound(`Parameter ${Name} not found.`);
          return { Parameter: this.describe(found) };
        },
        GetParameters: ({ Names = [] }: ssm.GetParametersRequest): ssm.GetParametersResult => {
          const found = Names.flatMap((name) => this.find(name) ?? []);
          return {
            Parameters: found.map((parameter) => this.describe(parameter)),
            InvalidParameters: Names.filter((name) => this.find(name) === undefined),
          };
        },
        GetParametersByPath: (input: ssm.GetParametersByPathRequest) => this.byPath(input),
        DeleteParameter: ({ Name }: ssm.DeleteParameterRequest) => {
          if (!this.parameters.delete(Name!)) throw notFound(`Parameter ${Name} not found.`);
        },
        DeleteParameters: ({ Names = [] }: ssm.DeleteParametersRequest): ssm.DeleteParametersResult => {
          const deleted = Names.filter((name) => this.parameters.delete(name));
          return { DeletedParameters: deleted, InvalidParameters: Names.filter((name) => !deleted.includes(name)) };
        },
        DescribeParameters: (): ssm.DescribeParametersResult => ({
          Parameters: [...this.parameters.values()].map(({ name, type, version, modifiedAt, description }) => ({
            Name: name,
            ARN: this.arnOf(name),
            Type: type,
            Version: version,
            LastModifiedDate: new Date(modifiedAt),
            Description: description,
            Tier: 'Standard',
          })),
        }),
      },
    };
  }

  private put(input: ssm.PutParameterRequest): ssm.PutParameterResult {
    const { Name = '', Value = '', Overwrite = false } = input;
    const former = this.parameters.get(Name);
    if (/^\/?(aws|ssm)/i.test(Name)) {
      throw new ServiceError('AccessDeniedException', `No access to reserved parameter name: ${Name}.`);
    }
    if (former !== undefined && !Overwrite) {
      throw new ServiceError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    const type = input.Type ?? former?.type;
    if (type === undefined)
      throw new ServiceError('ValidationException', 'A parameter type is required when you create a parameter.');
    const version = (former?.version ?? 0) + 1;
    this.parameters.set(Name, {
      name: Name,
      type,
      value: Value,
      version,
      modifiedAt: this.world.clock.now(),
      description: input.Description,
    });
    this.changed(Name, type, former === undefined ? 'Create' : 'Update');
    return { Version: version, Tier: 'Standard' };
  }

  /** @see https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html */
  private changed(name: string, type: string, operation: string): void {
    this.world.events.publish({
      source: 'aws.ssm',
      detailType: 'Parameter Store Change',
      resources: [this.arnOf(name)],
      detail: { operation, name, type },
    });
  }

  private find(name: string): StoredParameter | undefined {
    const stored = this.parameters.get(name.replace(/^arn:[^/]*:parameter(?=\/)/, ''));
    if (stored !== undefined) return stored;
    const value = publicParameter(name);
    return value === undefined
      ? undefined
      : { name, type: 'String', value, version: 1, modifiedAt: this.world.clock.now() };
  }

  private byPath(input: ssm.GetParametersByPathRequest): ssm.GetParametersByPathResult {
    const { Path = '/', Recursive = false, MaxResults = 10, NextToken } = input;
    const prefix = Path.endsWith('/') ? Path : `${Path}/`;
    const below = [...this.parameters.values()]
      .filter(({ name }) => name.startsWith(prefix) && (Recursive || !name.slice(prefix.length).includes('/')))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    const start = NextToken === undefined ? 0 : below.findIndex(({ name }) => name > NextToken);
    const page = start < 0 ? [] : below.slice(start, start + MaxResults);
    const more = page.length > 0 && page.at(-1) !== below.at(-1);
    return {
      Parameters: page.map((parameter) => this.describe(parameter)),
      NextToken: more ? page.at(-1)!.name : undefined,
    };
  }

  private describe({ name, type, value, version, modifiedAt }: StoredParameter): ssm.Parameter {
    return {
      Name: name,
      Type: type,
      Value: value,
      Version: version,
      LastModifiedDate: new Date(modifiedAt),
      ARN: this.arnOf(name),
      DataType: 'text',
    };
  }

  private arnOf(name: string): string {
    return arn(this.world, 'ssm', `parameter${name.startsWith('/') ? '' : '/'}${name}`);
  }
}

function notFound(message: string): ServiceError {
  return new ServiceError('ParameterNotFound', message);
}
