/** The calls that are made with the roles of stacks, each with what the role was allowed at that moment. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { PolicyDocument, Role } from '../../local/cloud-formation/identities';
import type { LocalAws } from '../../local/local-aws';
import { authorizationRequests } from './authorization';
import { inSimulatorsWords } from './encryption-context';
import type { AuthorizationRequest, AuthorizedCall, Surroundings } from './authorization';

const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

export type Policies = ReadonlyMap<string, PolicyDocument>;

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** A request that was made, once for each state that its role's policies were in. */
export interface RecordedRequest extends AuthorizationRequest {
  readonly role: string;
  readonly policies: Policies;
}

export class Recording {
  private readonly calls = new Map<string, AuthorizedCall & { role: Role; policies: Policies }>();
  private readonly grants = new Map<string, Map<string, Statement>>();
  private readonly tags = new Map<string, Readonly<Record<string, string>>>();
  /** By names and ids of what is encrypted with them. */
  private readonly keys = new Map<string, string>();
  private readonly documentIds = new Map<PolicyDocument, number>();

  /** Everything from now on is recorded. */
  constructor(private readonly aws: LocalAws) {
    const { identities } = aws.services.cloudFormation;
    aws.calls.onCall(({ principalArn, service, operation, input }) => {
      const role = identities.roleWithArn(principalArn);
      if (service === 'ec2') this.noteTags();
      if (role === undefined) return;
      const policies = identities.policiesOf(role);
      const state = [...policies.values()].map((document) => this.idOf(document));
      const key = JSON.stringify([role.name, service, operation, input, state]);
      if (!this.calls.has(key)) this.calls.set(key, { role, policies, service, operation, input });
    });
  }

  /** Takes down what the roles may do now; to be called after each deployment. */
  noteGrants(): void {
    this.noteKeys();
    const { identities } = this.aws.services.cloudFormation;
    for (const role of identities.roles.values()) {
      const statements = this.grants.get(role.name) ?? new Map<string, Statement>();
      for (const document of identities.policiesOf(role).values()) {
        for (const statement of statementsOf(document)) statements.set(JSON.stringify(statement), statement);
      }
      this.grants.set(role.name, statements);
    }
  }

  /** All statements that roles ever had, by role. */
  statements(): ReadonlyMap<string, readonly Statement[]> {
    return new Map([...this.grants].map(([role, statements]) => [role, [...statements.values()]]));
  }

  /** What was asked of IAM, without repetitions. */
  async requests(): Promise<RecordedRequest[]> {
    const found = new Map<string, RecordedRequest>();
    for (const { role, policies, ...call } of this.calls.values()) {
      for (const request of await authorizationRequests(call, this.surroundings())) {
        const state = [...policies.values()].map((document) => this.idOf(document));
        const key = JSON.stringify([role.name, request, state]);
        found.set(key, { role: role.name, policies, ...request });
      }
    }
    return [...found.values()];
  }

  /** Of what there is now: when the requests are looked at, it may be gone. */
  private noteTags(): void {
    const { ec2 } = this.aws.services;
    const ids = [
      ...ec2.history().map(({ instanceId }) => instanceId),
      ...ec2.volumesNow().map(({ volumeId }) => volumeId),
      ...ec2.snapshotsNow().map(({ snapshotId }) => snapshotId),
    ];
    for (const id of ids) {
      const tags = ec2.tagsOf(id).map(({ Key, Value }) => [Key!, Value!] as const);
      if (tags.length > 0) this.tags.set(id, Object.fromEntries(tags));
    }
    for (const { snapshotId, kmsKeyId } of ec2.snapshotsNow()) if (kmsKeyId) this.keys.set(snapshotId, kmsKeyId);
  }

  /** Of tables, queues and schedules. */
  private noteKeys(): void {
    for (const { resources } of this.aws.services.cloudFormation.allStacks()) {
      for (const { physicalId, properties } of resources.values()) {
        const { KmsMasterKeyId, KmsKeyArn, SSESpecification } = properties;
        const key = KmsMasterKeyId ?? KmsKeyArn ?? (SSESpecification as typeof properties | undefined)?.KMSMasterKeyId;
        if (key) this.keys.set(physicalId.slice(physicalId.lastIndexOf('/') + 1), String(key));
      }
    }
  }

  private surroundings(): Surroundings {
    const { ec2 } = this.aws.services;
    return {
      accountId: ACCOUNT,
      region: REGION,
      keyOf: (name) => this.keys.get(name),
      tagsOf: (resourceId) => this.tags.get(resourceId) ?? {},
      groupOf: (instanceId) => ec2.host(instanceId)?.requester.replace(/^autoscaling:/, ''),
    };
  }

  private idOf(document: PolicyDocument): number {
    const id = this.documentIds.get(document) ?? this.documentIds.size;
    this.documentIds.set(document, id);
    return id;
  }
}

/** Of each key: without it the policies of roles say nothing of the key. */
const KEY_POLICY: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'kms:*', Resource: '*' }],
};

/** Whether IAM allows a request to a role with these policies. */
export async function allowed(
  { role, action, resource, context }: Omit<RecordedRequest, 'policies'>,
  policies: Policies,
): Promise<boolean> {
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${ACCOUNT}:role/${role}`,
        action,
        resource: { resource, accountId: ACCOUNT },
        contextVariables: { ...inSimulatorsWords(context) },
      },
      identityPolicies: [...policies].map(([name, policy]) => ({ name, policy: inSimulatorsWords(policy) })),
      serviceControlPolicies: [],
      resourceControlPolicies: [],
      ...(action.startsWith('kms:') && { resourcePolicy: KEY_POLICY }),
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  return result.overallResult === 'Allowed';
}

/** Whether a statement alone allows an action of a request. */
export function allowedBy(statement: Statement, action: string, request: RecordedRequest): Promise<boolean> {
  const document: PolicyDocument = { Version: '2012-10-17', Statement: [{ ...statement, Action: action }] };
  return allowed(request, new Map([['statement', document]]));
}

function statementsOf(document: PolicyDocument): Statement[] {
  return [document.Statement].flat() as Statement[];
}
