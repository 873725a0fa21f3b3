import { ConfiguredRetryStrategy } from '@smithy/core/retry';
import type { ClientTransport } from '../ports';
import type { Activity } from '../simulation/activities';
import type { Random } from '../simulation/random';
import type { World } from '../world';
import type { AssetStore } from './assets';
import type { CustomResourceResponses } from './custom-resource-responses';
import type { IdentityRegistry } from './identities';
import type { FileSystems } from '../efs/file-systems';
import type { DeclaredResource, ProviderContext } from './provider';

const POLL_MILLISECONDS = 5_000;
/** As CloudFormation waits for most resources to stabilize. */
const STABILIZATION_TIMEOUT_SECONDS = 3_600;
const CALL_ATTEMPTS = 20;
const NAME_SUFFIX_LENGTH = 12;

/** What exists beside what the services know of. */
type Registries = Pick<ProviderContext, 'assets' | 'identities' | 'fileSystems' | 'responses'>;

/** What the providers get for one deployment or deletion. */
export class OperationContext implements ProviderContext {
  private readonly clients = new Map<unknown, unknown>();
  private readonly clientSettings: object;

  readonly assets: AssetStore;
  readonly identities: IdentityRegistry;
  readonly fileSystems: FileSystems;
  readonly responses: CustomResourceResponses;

  constructor(
    readonly world: World,
    { assets, identities, fileSystems, responses }: Registries,
    readonly random: Random,
    private readonly activity: Activity,
    transport: ClientTransport,
  ) {
    this.assets = assets;
    this.identities = identities;
    this.fileSystems = fileSystems;
    this.responses = responses;
    const role = `cdk-hnb659fds-cfn-exec-role-${world.accountId}-${world.region}`;
    this.clientSettings = {
      ...transport.clientSettingsFor({ principalArn: `arn:aws:iam::${world.accountId}:role/${role}` }, activity),
      // Throttled calls are repeated at once: waiting on the wall clock would only make a deployment slow.
      retryStrategy: new ConfiguredRetryStrategy(CALL_ATTEMPTS, 0),
    };
  }

  client<C>(Client: new (settings: never) => C): C {
    const known = this.clients.get(Client) as C | undefined;
    if (known !== undefined) return known;
    const made = new Client(this.clientSettings as never);
    this.clients.set(Client, made);
    return made;
  }

  physicalName({ stackName, logicalId }: DeclaredResource, maxLength: number): string {
    const suffix = this.random.hex(NAME_SUFFIX_LENGTH).toUpperCase();
    return `${`${stackName}-${logicalId}`.slice(0, maxLength - suffix.length - 1)}-${suffix}`;
  }

  async until(
    condition: () => boolean | Promise<boolean>,
    timeoutSeconds: number = STABILIZATION_TIMEOUT_SECONDS,
  ): Promise<boolean> {
    const deadline = this.world.clock.now() + timeoutSeconds * 1000;
    while (!(await condition())) {
      const left = deadline - this.world.clock.now();
      if (left <= 0) return false;
      await this.activity.sleep(this.world.clock, Math.min(left, POLL_MILLISECONDS));
    }
    return true;
  }
}
