/** A policy document, as IAM takes it. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Statement: unknown;
}

/** A role that stacks have made, with all that it may do. */
export interface Role {
  readonly name: string;
  readonly arn: string;
  assumeRolePolicy: PolicyDocument;
  /** By policy name. */
  readonly inlinePolicies: Map<string, PolicyDocument>;
  readonly managedPolicyArns: Set<string>;
}

/**
 * What is left of IAM: who there is and what each may do. Nothing is refused for lack of rights; the tests of rights
 * read this and the recorded calls.
 */
export class IdentityRegistry {
  /** By name. */
  readonly roles = new Map<string, Role>();
  /** Customer managed policies by ARN. */
  readonly managedPolicies = new Map<string, PolicyDocument>();
  /** Role names by name of the instance profile. */
  readonly instanceProfiles = new Map<string, readonly string[]>();

  /** @param instanceProfile its name or ARN. @returns the ARN of its role */
  roleOf(instanceProfile: string): string | undefined {
    const name = instanceProfile.slice(instanceProfile.lastIndexOf('/') + 1);
    const [role] = this.instanceProfiles.get(name) ?? [];
    return role === undefined ? undefined : this.roles.get(role)?.arn;
  }

  /** @returns undefined for a principal that no stack has made */
  roleWithArn(roleArn: string): Role | undefined {
    const role = this.roles.get(roleArn.slice(roleArn.lastIndexOf('/') + 1));
    return role?.arn === roleArn ? role : undefined;
  }

  /** All documents that say what a role may do, by name. */
  policiesOf(role: Role): ReadonlyMap<string, PolicyDocument> {
    const managed = [...role.managedPolicyArns].flatMap((arn) => {
      const document = this.managedPolicies.get(arn);
      return document ? [[arn, document] as const] : [];
    });
    return new Map([...role.inlinePolicies, ...managed]);
  }
}
