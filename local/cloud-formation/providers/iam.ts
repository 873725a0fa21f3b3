import type { PolicyDocument, Role } from '../identities';
import type { DeclaredResource, ExistingResource, ProviderContext, ResourceProvider } from '../provider';
import { changeOf, nameOf } from '../provider';

interface RoleProperties {
  readonly AssumeRolePolicyDocument: PolicyDocument;
  readonly ManagedPolicyArns?: readonly string[];
  readonly Policies?: readonly { readonly PolicyName: string; readonly PolicyDocument: PolicyDocument }[];
}

const role: ResourceProvider = {
  async create(resource, context) {
    const name = nameOf(resource, 'RoleName', context, 64);
    const properties = roleProperties(resource);
    const made: Role = {
      name,
      arn: iamArn(resource, 'role', name, context),
      assumeRolePolicy: properties.AssumeRolePolicyDocument,
      inlinePolicies: new Map(),
      managedPolicyArns: new Set(),
    };
    context.identities.roles.set(name, made);
    grant(made, properties);
    return { physicalId: name, attributes: { Arn: made.arn, RoleId: `AROA${context.random.hex(17).toUpperCase()}` } };
  },
  async update(existing, resource, context) {
    const changed = context.identities.roles.get(existing.physicalId)!;
    const former = roleProperties(existing);
    former.Policies?.forEach(({ PolicyName }) => changed.inlinePolicies.delete(PolicyName));
    former.ManagedPolicyArns?.forEach((policyArn) => changed.managedPolicyArns.delete(policyArn));
    changed.assumeRolePolicy = roleProperties(resource).AssumeRolePolicyDocument;
    grant(changed, roleProperties(resource));
    return { physicalId: existing.physicalId, attributes: existing.attributes };
  },
  replaces: changeOf('RoleName', 'Path'),
  async delete({ physicalId }, context) {
    context.identities.roles.delete(physicalId);
  },
};

function roleProperties({ properties }: DeclaredResource): RoleProperties {
  return properties as unknown as RoleProperties;
}

function grant(to: Role, { Policies, ManagedPolicyArns }: RoleProperties): void {
  Policies?.forEach((policy) => to.inlinePolicies.set(policy.PolicyName, policy.PolicyDocument));
  ManagedPolicyArns?.forEach((policyArn) => to.managedPolicyArns.add(policyArn));
}

interface PolicyProperties {
  readonly PolicyDocument: PolicyDocument;
  readonly Roles?: readonly string[];
}

function policyProperties({ properties }: DeclaredResource): PolicyProperties {
  return properties as unknown as PolicyProperties;
}

function rolesOf(resource: DeclaredResource, { identities }: ProviderContext): Role[] {
  return (policyProperties(resource).Roles ?? []).map((name) => {
    const found = identities.roles.get(name);
    if (found === undefined) throw new Error(`The role with name ${name} cannot be found.`);
    return found;
  });
}

const policy: ResourceProvider = {
  async create(resource, context) {
    const name = String(resource.properties.PolicyName);
    rolesOf(resource, context).forEach((to) => to.inlinePolicies.set(name, policyProperties(resource).PolicyDocument));
    return { physicalId: context.physicalName(resource, 128) };
  },
  async update(existing, resource, context) {
    await policy.delete(existing, context);
    await policy.create(resource, context);
    return { physicalId: existing.physicalId };
  },
  async delete(existing, context) {
    const name = String(existing.properties.PolicyName);
    rolesThatRemain(existing, context).forEach((from) => from.inlinePolicies.delete(name));
  },
};

const managedPolicy: ResourceProvider = {
  async create(resource, context) {
    const policyArn = iamArn(resource, 'policy', nameOf(resource, 'ManagedPolicyName', context, 128), context);
    attach(resource, policyArn, context);
    return { physicalId: policyArn, attributes: { PolicyArn: policyArn } };
  },
  async update(existing, resource, context) {
    detach(existing, context);
    attach(resource, existing.physicalId, context);
    return { physicalId: existing.physicalId, attributes: existing.attributes };
  },
  replaces: changeOf('ManagedPolicyName', 'Path'),
  async delete(existing, context) {
    detach(existing, context);
    context.identities.managedPolicies.delete(existing.physicalId);
  },
};

function attach(resource: DeclaredResource, policyArn: string, context: ProviderContext): void {
  context.identities.managedPolicies.set(policyArn, policyProperties(resource).PolicyDocument);
  rolesOf(resource, context).forEach((to) => to.managedPolicyArns.add(policyArn));
}

function detach(existing: ExistingResource, context: ProviderContext): void {
  rolesThatRemain(existing, context).forEach((from) => from.managedPolicyArns.delete(existing.physicalId));
}

function rolesThatRemain(resource: DeclaredResource, { identities }: ProviderContext): Role[] {
  return (policyProperties(resource).Roles ?? []).flatMap((name) => identities.roles.get(name) ?? []);
}

const instanceProfile: ResourceProvider = {
  async create(resource, context) {
    const name = nameOf(resource, 'InstanceProfileName', context, 128);
    context.identities.instanceProfiles.set(name, resource.properties.Roles as string[]);
    return { physicalId: name, attributes: { Arn: iamArn(resource, 'instance-profile', name, context) } };
  },
  async update({ physicalId, attributes }, resource, context) {
    context.identities.instanceProfiles.set(physicalId, resource.properties.Roles as string[]);
    return { physicalId, attributes };
  },
  replaces: changeOf('InstanceProfileName', 'Path'),
  async delete({ physicalId }, context) {
    context.identities.instanceProfiles.delete(physicalId);
  },
};

/** IAM is global: its ARNs have no Region. */
function iamArn({ properties }: DeclaredResource, kind: string, name: string, { world }: ProviderContext): string {
  return `arn:aws:iam::${world.accountId}:${kind}${String(properties.Path ?? '/')}${name}`;
}

export const iamProviders: Readonly<Record<string, ResourceProvider>> = {
  'AWS::IAM::Role': role,
  'AWS::IAM::Policy': policy,
  'AWS::IAM::ManagedPolicy': managedPolicy,
  'AWS::IAM::InstanceProfile': instanceProfile,
};
