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
}
