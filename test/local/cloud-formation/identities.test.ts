import type { Template } from '../../../local/cloud-formation/template';
import { testCloud } from './test-cloud';

const statement = (action: string) => ({ Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
const role = (...policies: string[]) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    RoleName: 'worker',
    AssumeRolePolicyDocument: statement('sts:AssumeRole'),
    ManagedPolicyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    Policies: policies.map((name) => ({ PolicyName: name, PolicyDocument: statement(`s3:${name}`) })),
  },
});
const policy = (action: string) => ({
  Type: 'AWS::IAM::Policy',
  Properties: { PolicyName: 'attached', PolicyDocument: statement(action), Roles: [{ Ref: 'Role' }] },
});

describe('identities', () => {
  test('a role has its own, attached and managed policies, as the template changes them', async () => {
    const cloud = testCloud();
    const managed = {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { ManagedPolicyName: 'shared', PolicyDocument: statement('sqs:*'), Roles: [{ Ref: 'Role' }] },
    };
    const profile = { Type: 'AWS::IAM::InstanceProfile', Properties: { Roles: [{ Ref: 'Role' }] } };
    const deploy = (Resources: Template['Resources']) => cloud.deploy({ App: { Resources } });
    const { identities } = cloud.cloudFormation;
    const worker = () => identities.roles.get('worker')!;

    await deploy({ Role: role('Get'), Policy: policy('batch:SubmitJob'), Managed: managed, Profile: profile });
    expect(worker().arn).toBe('arn:aws:iam::123456789012:role/worker');
    expect(Object.fromEntries(worker().inlinePolicies)).toEqual({
      Get: statement('s3:Get'),
      attached: statement('batch:SubmitJob'),
    });
    const shared = 'arn:aws:iam::123456789012:policy/shared';
    expect([...worker().managedPolicyArns]).toEqual(['arn:aws:iam::aws:policy/ReadOnlyAccess', shared]);
    expect(identities.managedPolicies.get(shared)).toEqual(statement('sqs:*'));
    expect([...identities.instanceProfiles.values()]).toEqual([['worker']]);

    await deploy({ Role: role('Put'), Policy: policy('batch:ListJobs') });
    expect(Object.fromEntries(worker().inlinePolicies)).toEqual({
      Put: statement('s3:Put'),
      attached: statement('batch:ListJobs'),
    });
    expect([...worker().managedPolicyArns]).toEqual(['arn:aws:iam::aws:policy/ReadOnlyAccess']);
    expect(identities.instanceProfiles.size + identities.managedPolicies.size).toBe(0);

    await cloud.destroy();
    expect(identities.roles.size).toBe(0);
  });
});
