import { isDeepStrictEqual } from 'node:util';
import type { Random } from '../simulation/random';
import type { FileSystems } from '../efs/file-systems';
import type { World } from '../world';
import type { AssetStore } from './assets';
import type { IdentityRegistry } from './identities';
import type { CustomResourceResponses } from './custom-resource-responses';
import type { Properties } from './template';

/** A resource as its stack declares it, all functions resolved. */
export interface DeclaredResource {
  readonly logicalId: string;
  readonly type: string;
  /** Where the CDK app made it. */
  readonly path: string;
  readonly stackId: string;
  readonly stackName: string;
  readonly properties: Properties;
}

/** What a provider knows of a resource that exists. */
export interface ResourceState {
  /** What `Ref` gives. */
  readonly physicalId: string;
  /** What `Fn::GetAtt` gives. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface ExistingResource extends DeclaredResource, ResourceState {}

/** Makes, changes and removes resources of one type through the services' APIs, as CloudFormation does. */
export interface ResourceProvider {
  create(resource: DeclaredResource, context: ProviderContext): Promise<ResourceState>;
  /** Without it every change replaces the resource. A new physical id says that the former one is to be deleted. */
  update?(existing: ExistingResource, resource: DeclaredResource, context: ProviderContext): Promise<ResourceState>;
  /** Whether this change cannot be made in place: a new resource is created, later the former one deleted. */
  replaces?(former: Properties, properties: Properties): boolean;
  /** @param successor what takes its place, when it is replaced rather than removed. */
  delete(existing: ExistingResource, context: ProviderContext, successor?: DeclaredResource): Promise<void>;
}

export interface ProviderContext {
  readonly world: World;
  readonly assets: AssetStore;
  readonly identities: IdentityRegistry;
  readonly fileSystems: FileSystems;
  readonly responses: CustomResourceResponses;
  readonly random: Random;
  /** One client of each class, calling as CloudFormation's execution role. */
  client<C>(Client: new (settings: never) => C): C;
  /** `<stack>-<logical id>-<random>`, cut to the length that the service allows. */
  physicalName(resource: DeclaredResource, maxLength: number): string;
  /**
   * Looks again and again until the condition holds, while time passes.
   * @returns whether it came to hold in time.
   */
  until(condition: () => boolean | Promise<boolean>, timeoutSeconds?: number): Promise<boolean>;
}

/** A resource that failed after it had come into being, so that it has to be deleted again. */
export class ResourceFailure extends Error {
  override readonly name = 'ResourceFailure';

  constructor(
    message: string,
    readonly state: ResourceState,
  ) {
    super(message);
  }
}

/** For `replaces`: a change of any of these properties. */
export function changeOf(...names: readonly string[]): (former: Properties, properties: Properties) => boolean {
  return (former, properties) => names.some((name) => !isDeepStrictEqual(former[name], properties[name]));
}

/** The name that the template gives, else a generated one. */
export function nameOf(
  resource: DeclaredResource,
  property: string,
  context: ProviderContext,
  maxLength: number,
): string {
  const given = resource.properties[property];
  return typeof given === 'string' ? given : context.physicalName(resource, maxLength);
}
