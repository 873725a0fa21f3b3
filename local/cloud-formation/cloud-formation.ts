import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationStackArtifact } from 'aws-cdk-lib/cx-api';
import { CloudAssembly } from 'aws-cdk-lib/cx-api';
import type { ClientTransport, ExistingNetworks } from '../ports';
import type { Activities } from '../simulation/activities';
import type { Random } from '../simulation/random';
import type { World } from '../world';
import { arn } from '../world';
import type { AssetStore } from './assets';
import type { CustomResourceResponses } from './custom-resource-responses';
import { deleteResources } from './deletion';
import { adoptNetworks } from './existing-networks';
import { Exports } from './exports';
import type { FileSystems } from '../efs/file-systems';
import { IdentityRegistry } from './identities';
import { resolve } from './intrinsics';
import { OperationContext } from './operation-context';
import { checkRules, parameterValues } from './parameters';
import type { ProviderOf } from './registry';
import { providersWith } from './registry';
import { StackScope } from './stack-scope';
import type { StackResources } from './stack-resource';
import { DeploymentError, StackTransition } from './stack-transition';
import type { Template } from './template';

export interface DeployedStack {
  readonly name: string;
  readonly id: string;
  /** By logical id. */
  readonly resources: StackResources;
  /** Values by logical id of the output. */
  readonly outputs: Readonly<Record<string, string>>;
}

export interface DeployOptions {
  /** Names of the stacks to deploy. @default - all */
  readonly stacks?: readonly string[];
  /** Values of template parameters, by stack name. */
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Resource types beyond the known ones that are to be accepted and do nothing. */
  readonly inertTypes?: readonly string[];
}

/** Of the bootstrap stack that this version of the CDK brings. */
const BOOTSTRAP_VERSION = '30';

/** Deploys the stacks of a synthesized cloud assembly as CloudFormation does: through the services' APIs. */
export class CloudFormation {
  /** What the deployed stacks' roles may do. */
  readonly identities = new IdentityRegistry();
  private readonly stacks = new Map<string, DeployedStack>();
  private readonly exports = new Exports();
  private readonly random: Random;
  private providerOf: ProviderOf = providersWith([]);

  constructor(
    private readonly world: World,
    private readonly activities: Activities,
    private readonly transport: ClientTransport,
    private readonly assets: AssetStore,
    private readonly responses: CustomResourceResponses,
    private readonly networks: ExistingNetworks,
    private readonly fileSystems: FileSystems,
  ) {
    this.random = world.random.fork();
  }

  allStacks(): readonly DeployedStack[] {
    return [...this.stacks.values()];
  }

  stack(name: string): DeployedStack | undefined {
    return this.stacks.get(name);
  }

  /**
   * Creates or updates stacks in the order of their dependencies. Takes time on the world's clock, which somebody has to
   * run meanwhile.
   *
   * @param directory where the app was synthesized to: `cdk.out`
   * @throws DeploymentError as soon as a stack fails; that stack is left as it was before.
   */
  async deploy(directory: string, options: DeployOptions = {}): Promise<readonly DeployedStack[]> {
    const { stacksRecursively: all } = new CloudAssembly(directory);
    const unknown = options.stacks?.filter((name) => all.every(({ stackName }) => stackName !== name)) ?? [];
    if (unknown.length > 0) throw new DeploymentError(`${directory} has no stack ${unknown.join(', ')}`);
    const chosen = all.filter(({ stackName }) => options.stacks?.includes(stackName) ?? true);

    this.providerOf = providersWith(options.inertTypes ?? []);
    return this.during('deploy', async (context) => {
      await bootstrap(chosen, context.client(SSMClient));
      const deployed: DeployedStack[] = [];
      for (const artifact of chosen) {
        deployed.push(await this.deployStack(artifact, options.parameters?.[artifact.stackName] ?? {}, context));
      }
      return deployed;
    });
  }

  /**
   * Deletes stacks, the last deployed first.
   *
   * @throws DeploymentError when something could not be deleted; the stack keeps what is left.
   */
  async destroy(names: readonly string[] = [...this.stacks.keys()]): Promise<void> {
    const leaving = [...this.stacks.values()].filter(({ name }) => names.includes(name)).reverse();
    await this.during('destroy', async (context) => {
      for (const stack of leaving) await this.destroyStack(stack, context);
    });
  }

  private async deployStack(
    artifact: CloudFormationStackArtifact,
    givenParameters: Readonly<Record<string, string>>,
    context: OperationContext,
  ): Promise<DeployedStack> {
    const { stackName } = artifact;
    this.checkEnvironment(artifact);
    this.assets.publish(artifact);
    const template = artifact.template as Template;
    if (template.Transform !== undefined)
      throw new DeploymentError(`${stackName}: transforms are not supported locally`);

    adoptNetworks(template, this.networks, this.world.region);

    const former = this.stacks.get(stackName);
    const stackId = former?.id ?? arn(this.world, 'cloudformation', `stack/${stackName}/${this.random.uuid()}`);
    const parameters = await parameterValues(template, givenParameters, context.client(SSMClient));
    const imported = new Set<string>();
    const importValue = (name: string): string => {
      imported.add(name);
      return this.exports.value(name);
    };
    const scopeOf = (resources: StackResources): StackScope =>
      new StackScope(template, { stackName, stackId }, this.world, parameters, resources, importValue);
    checkRules(template, scopeOf(new Map()));

    const target = { stackName, stackId, template, scopeOf };
    const transition = new StackTransition(target, former?.resources ?? new Map(), this.providerOf, context);
    const stack = await transition.run((resources) => {
      const { outputs, exported } = outputsOf(template, scopeOf(resources));
      this.exports.replace(stackName, { exported, imported });
      return { name: stackName, id: stackId, resources, outputs };
    });
    this.stacks.set(stackName, stack);
    await transition.cleanUp();
    return stack;
  }

  private async destroyStack(stack: DeployedStack, context: OperationContext): Promise<void> {
    this.exports.replace(stack.name, NOTHING);
    const leaving = [...stack.resources.values()].map((resource) => ({ resource }));
    const { left, failures } = await deleteResources(leaving, this.providerOf, context);
    const resources = new Map([...stack.resources].filter(([logicalId]) => !left.includes(logicalId)));
    if (resources.size === 0) this.stacks.delete(stack.name);
    else this.stacks.set(stack.name, { ...stack, resources });
    if (failures.length > 0) throw new DeploymentError(`could not delete ${failures.join('; ')}`);
  }

  /** While it waits, the clock may move on; while it works, the clock stands still. */
  private async during<T>(name: string, operation: (context: OperationContext) => Promise<T>): Promise<T> {
    const activity = this.activities.begin(`cloudformation ${name}`);
    const { world, assets, identities, fileSystems, responses, random, transport } = this;
    const registries = { assets, identities, fileSystems, responses };
    try {
      return await operation(new OperationContext(world, registries, random, activity, transport));
    } finally {
      activity.end();
    }
  }

  private checkEnvironment({ stackName, environment }: CloudFormationStackArtifact): void {
    const { accountId, region } = this.world;
    const elsewhere =
      ![accountId, 'unknown-account'].includes(environment.account) ||
      ![region, 'unknown-region'].includes(environment.region);
    if (elsewhere) {
      throw new DeploymentError(`${stackName} is meant for ${environment.name}, this is aws://${accountId}/${region}`);
    }
  }
}

/** A local account counts as bootstrapped: the templates look for what `cdk bootstrap` leaves there. */
async function bootstrap(artifacts: readonly CloudFormationStackArtifact[], ssm: SSMClient): Promise<void> {
  for (const name of new Set(
    artifacts.map(({ bootstrapStackVersionSsmParameter }) => bootstrapStackVersionSsmParameter),
  )) {
    if (name === undefined) continue;
    await ssm.send(new PutParameterCommand({ Name: name, Type: 'String', Value: BOOTSTRAP_VERSION, Overwrite: true }));
  }
}

const NOTHING = { exported: new Map(), imported: new Set<string>() };

function outputsOf(
  template: Template,
  scope: StackScope,
): { outputs: Record<string, string>; exported: Map<string, string> } {
  const outputs: Record<string, string> = {};
  const exported = new Map<string, string>();
  for (const [name, output] of Object.entries(template.Outputs ?? {})) {
    if (output.Condition !== undefined && !scope.condition(output.Condition)) continue;
    outputs[name] = String(resolve(output.Value, scope));
    if (output.Export !== undefined) exported.set(String(resolve(output.Export.Name, scope)), outputs[name]);
  }
  return { outputs, exported };
}
