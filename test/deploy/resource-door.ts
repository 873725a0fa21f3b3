import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DeclaredResource, ExistingResource, ProviderContext } from '../../local/cloud-formation/provider';
import { ResourceFailure } from '../../local/cloud-formation/provider';
import { providersWith } from '../../local/cloud-formation/registry';
import type { Properties } from '../../local/cloud-formation/template';
import type { LocalAws } from '../../local/local-aws';
import { Random } from '../../local/simulation/random';

type ResourceRequest =
  | {
      readonly operation: 'create';
      readonly type: string;
      readonly logicalId: string;
      readonly stackName: string;
      readonly properties: Properties;
    }
  | { readonly operation: 'update'; readonly physicalId: string; readonly properties: Properties }
  | { readonly operation: 'delete'; readonly physicalId: string };

const POLL_MILLISECONDS = 200;
/** No resource of the suite takes as long: what does is stuck, and its deployment is to fail. */
const LONGEST_WAIT_SECONDS = 240;
const EXECUTION_ROLE = 'arn:aws:iam::123456789012:role/cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1';

/** Makes resources of the local AWS for another CloudFormation, with the providers of its own. */
export class ResourceDoor {
  private readonly resources = new Map<string, ExistingResource>();
  /** What has taken the place of a resource that is still there, by the id of the former. */
  private readonly successors = new Map<string, ExistingResource>();
  private readonly providerOf = providersWith([]);
  private readonly random = new Random(1);
  private readonly context: Pick<
    ProviderContext,
    'client' | 'fileSystems' | 'physicalName' | 'random' | 'until' | 'world'
  >;

  constructor(aws: LocalAws) {
    this.context = {
      random: this.random,
      fileSystems: aws.services.fileSystems,
      world: aws.services.world,
      client: (Client) => aws.client(Client, EXECUTION_ROLE),
      physicalName: ({ stackName, logicalId }, maxLength) =>
        `${`${stackName}-${logicalId}`.slice(0, maxLength - 13)}-${this.random.hex(12).toUpperCase()}`,
      until,
    };
  }

  /** @returns the address to post requests to */
  async open(): Promise<string> {
    const server: Server = createServer((request, response) => {
      void json(request)
        .then((body) => this.answer(body as ResourceRequest))
        .then(
          (state) => response.writeHead(200).end(JSON.stringify(state)),
          (error: Error) => response.writeHead(400).end(error.message),
        );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private async answer(request: ResourceRequest): Promise<object> {
    if (request.operation === 'create') {
      const { type, logicalId, stackName, properties } = request;
      return this.create({ type, logicalId, stackName, properties, path: logicalId, stackId: stackName });
    }
    const existing = this.resources.get(request.physicalId);
    if (existing === undefined) throw new Error(`There is no ${request.physicalId}`);
    return request.operation === 'update' ? this.update(existing, request.properties) : this.delete(existing);
  }

  private async create(resource: DeclaredResource): Promise<object> {
    try {
      const state = await this.provider(resource).create(resource, this.context as ProviderContext);
      return this.remember(resource, state);
    } catch (error) {
      // Whoever asked never hears of its id.
      if (error instanceof ResourceFailure) await this.delete({ ...resource, ...error.state });
      throw error;
    }
  }

  private async update(existing: ExistingResource, properties: Properties): Promise<object> {
    const resource = { ...existing, properties };
    const provider = this.provider(existing);
    if (provider.update === undefined || provider.replaces?.(existing.properties, properties) === true) {
      return this.create(resource);
    }
    const state = await provider.update(existing, resource, this.context as ProviderContext);
    if (state.physicalId !== existing.physicalId) {
      this.successors.set(existing.physicalId, { ...resource, attributes: {}, ...state });
    }
    return this.remember(resource, state);
  }

  private async delete(existing: ExistingResource): Promise<object> {
    const successor = this.successors.get(existing.physicalId);
    await this.provider(existing).delete(existing, this.context as ProviderContext, successor);
    this.resources.delete(existing.physicalId);
    return { physicalId: existing.physicalId, attributes: {} };
  }

  private provider({ type, path }: DeclaredResource): ReturnType<typeof this.providerOf> {
    return this.providerOf(type, path);
  }

  private remember(
    resource: DeclaredResource,
    { physicalId, attributes = {} }: Pick<ExistingResource, 'physicalId' | 'attributes'>,
  ): object {
    this.resources.set(physicalId, { ...resource, physicalId, attributes });
    return { physicalId, attributes };
  }
}

async function until(
  condition: () => boolean | Promise<boolean>,
  timeoutSeconds = LONGEST_WAIT_SECONDS,
): Promise<boolean> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await sleep(POLL_MILLISECONDS);
  }
  return true;
}
