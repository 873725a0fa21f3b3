import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DeleteQueueCommand, GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Template } from '../../../local/cloud-formation/template';
import { testCloud } from './test-cloud';

const queue = (name: string, properties: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName: name, ...properties },
});

const subnet = (zone: string) => ({
  Type: 'AWS::EC2::Subnet',
  Properties: { VpcId: { Ref: 'Vpc' }, CidrBlock: '10.0.0.0/24', AvailabilityZone: zone },
});

/** A queue and its dead-letter queue, declared before what it depends on. */
const twoQueues = (properties: object = {}): Template['Resources'] => ({
  Main: queue('main', {
    RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 },
    ...properties,
  }),
  Dead: queue('dead'),
});

describe('creating a stack', () => {
  test('makes resources after what they depend on, and resolves properties and outputs', async () => {
    const cloud = testCloud();
    const [stack] = await cloud.deploy({
      App: {
        Resources: twoQueues(),
        Outputs: { Url: { Value: { Ref: 'Main' } }, Arn: { Value: { 'Fn::GetAtt': ['Dead', 'Arn'] } } },
      },
    });
    expect([...stack!.resources.keys()]).toEqual(['Dead', 'Main']);
    expect(stack!.outputs.Arn).toBe('arn:aws:sqs:us-east-1:123456789012:dead');
    const { Attributes } = await new SQSClient(cloud.settings).send(
      new GetQueueAttributesCommand({ QueueUrl: stack!.outputs.Url, AttributeNames: ['RedrivePolicy'] }),
    );
    expect(JSON.parse(Attributes!.RedrivePolicy!)).toEqual({
      deadLetterTargetArn: stack!.outputs.Arn,
      maxReceiveCount: 3,
    });
  });

  test('gives each EIP an address of its own, which is what tells it from others', async () => {
    const eip = { Type: 'AWS::EC2::EIP', Properties: { Domain: 'vpc' } };
    const outputs = { One: { Value: { Ref: 'One' } }, Other: { Value: { Ref: 'Other' } } };
    const app: Template = { Resources: { One: eip, Other: eip }, Outputs: outputs };
    const stacks = await testCloud().deploy({ App: app, Second: app });
    const addresses = stacks.flatMap(({ outputs: { One, Other } }) => [One, Other]);
    expect(new Set(addresses).size).toBe(4);
    for (const address of addresses) expect(address).toMatch(/^198\.18\.\d+\.\d+$/);
  });

  test('names resources after stack and logical id, and leaves out what a condition excludes', async () => {
    const cloud = testCloud();
    await cloud.deploy({
      App: {
        Conditions: { Never: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] } },
        Resources: {
          Unnamed: { Type: 'AWS::SQS::Queue' },
          Not: { Type: 'AWS::SQS::Queue', Condition: 'Never' },
        },
        Outputs: { Not: { Condition: 'Never', Value: { Ref: 'Not' } } },
      },
    });
    expect(await cloud.queueNames()).toEqual([expect.stringMatching(/^App-Unnamed-[0-9A-F]{12}$/)]);
  });

  test('a failure undoes all that was done, and says where the resource comes from', async () => {
    const cloud = testCloud();
    const deployed = cloud.deploy({
      App: {
        Resources: {
          Good: queue('good'),
          Bad: {
            ...queue('bad', { VisibilityTimeout: 'soon' }),
            DependsOn: 'Good',
            Metadata: { 'aws:cdk:path': 'App/Part/Bad' },
          },
        },
      },
    });
    await expect(deployed).rejects.toThrow(/^App\/Part\/Bad \(AWS::SQS::Queue\): .*VisibilityTimeout/);
    expect(cloud.changes()).toEqual(['sqs:CreateQueue', 'sqs:DeleteQueue']);
    expect(await cloud.queueNames()).toEqual([]);
    expect(cloud.cloudFormation.stack('App')).toBeUndefined();
  });

  test('a bad output undoes the stack too', async () => {
    const cloud = testCloud();
    const template = {
      Resources: { Queue: queue('a') },
      Outputs: { Bad: { Value: { 'Fn::GetAtt': ['Queue', 'X'] } } },
    };
    await expect(cloud.deploy({ App: template })).rejects.toThrow('Queue (AWS::SQS::Queue) has no attribute X locally');
    expect(await cloud.queueNames()).toEqual([]);
  });

  test('an unknown type changes nothing, unless it is declared inert', async () => {
    const unknown = { Type: 'AWS::Braket::Job', Metadata: { 'aws:cdk:path': 'App/Quantum' } };
    const stacks = { App: { Resources: { Queue: queue('a'), Unknown: unknown } } };
    const cloud = testCloud();
    await expect(cloud.deploy(stacks)).rejects.toThrow('App/Quantum: the local AWS does not know AWS::Braket::Job');
    expect(cloud.changes()).toEqual([]);
    await cloud.deploy(stacks, { inertTypes: ['AWS::Braket::Job'] });
    expect(await cloud.queueNames()).toEqual(['a']);
  });

  test("the rules of the default security group, which the CDK takes away by a function of its own, are nobody's concern", async () => {
    const cloud = testCloud();
    const role = { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } };
    const restriction = {
      Type: 'Custom::VpcRestrictDefaultSG',
      Properties: {
        ServiceToken: { 'Fn::GetAtt': ['Role', 'Arn'] },
        DefaultSecurityGroupId: { 'Fn::GetAtt': ['Vpc', 'DefaultSecurityGroup'] },
      },
    };
    const vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
    const [stack] = await cloud.deploy({ App: { Resources: { Vpc: vpc, Role: role, Restriction: restriction } } });
    expect(stack!.resources.get('Restriction')!.properties.DefaultSecurityGroupId).toMatch(/^sg-/);
  });

  test('takes the VPC and the subnets that it names without making them for existing', async () => {
    const cloud = testCloud();
    const group = {
      Type: 'AWS::EC2::SecurityGroup',
      Properties: { GroupDescription: 'jobs', VpcId: 'vpc-0123456789abcdef0' },
    };
    const inSubnets = { ...queue('a'), Metadata: { Subnets: ['subnet-0a', 'subnet-01234567', 'subnet-89abcdef'] } };
    await cloud.deploy({ App: { Resources: { Group: group, Queue: inSubnets } } });
    const { Subnets } = await new EC2Client(cloud.settings).send(
      new DescribeSubnetsCommand({ SubnetIds: ['subnet-01234567', 'subnet-89abcdef'] }),
    );
    expect(Subnets!.map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(['us-east-1a', 'us-east-1b']);
  });

  test('is refused for another account or Region, and with transforms', async () => {
    const cloud = testCloud();
    const elsewhere = cloud.deploy(
      { App: { Resources: { Queue: queue('a') } } },
      { environment: 'aws://123456789012/eu-west-1' },
    );
    await expect(elsewhere).rejects.toThrow(
      'App is meant for aws://123456789012/eu-west-1, this is aws://123456789012/us-east-1',
    );
    await expect(cloud.deploy({ App: { Transform: 'AWS::Serverless-2016-10-31' } })).rejects.toThrow('transform');
    await expect(cloud.deploy({ App: {} }, { stacks: ['Other'] })).rejects.toThrow('has no stack Other');
  });
});

describe('updating a stack', () => {
  test('an unchanged template changes nothing', async () => {
    const cloud = testCloud();
    await cloud.deploy({ App: { Resources: twoQueues() } });
    const before = cloud.changes().length;
    await cloud.deploy({ App: { Resources: twoQueues() } });
    expect(cloud.changes().slice(before)).toEqual([]);
  });

  test('changes in place, replaces and removes, and deletes last of all', async () => {
    const cloud = testCloud();
    const vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
    const [before] = await cloud.deploy({
      App: { Resources: { Vpc: vpc, Subnet: subnet('us-east-1a'), Old: queue('old'), Kept: queue('kept') } },
    });
    const changes = cloud.changes().length;
    const [after] = await cloud.deploy({
      App: {
        Resources: {
          Vpc: vpc,
          Subnet: subnet('us-east-1b'),
          Kept: queue('kept', { VisibilityTimeout: 60 }),
          New: queue('new'),
        },
      },
    });
    expect(cloud.changes().slice(changes)).toEqual([
      'ec2:CreateSubnet',
      'sqs:SetQueueAttributes',
      'sqs:CreateQueue',
      'sqs:DeleteQueue',
      'ec2:DeleteSubnet',
    ]);
    const physicalId = (stack: typeof before, id: string) => stack!.resources.get(id)?.physicalId;
    expect(physicalId(after, 'Vpc')).toBe(physicalId(before, 'Vpc'));
    expect(physicalId(after, 'Subnet')).not.toBe(physicalId(before, 'Subnet'));
    expect((await cloud.queueNames()).sort()).toEqual(['kept', 'new']);
  });

  test('a failure half-way leaves the former stack as it was', async () => {
    const cloud = testCloud();
    const vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
    const [before] = await cloud.deploy({
      App: { Resources: { Vpc: vpc, Subnet: subnet('us-east-1a'), ...twoQueues(), Old: queue('old') } },
    });
    const update = cloud.deploy({
      App: {
        Resources: {
          Vpc: vpc,
          Subnet: subnet('us-east-1b'),
          ...twoQueues({ VisibilityTimeout: 77 }),
          New: queue('new'),
          Bad: { ...queue('bad', { DelaySeconds: -1 }), DependsOn: ['New', 'Main', 'Subnet'] },
        },
      },
    });
    await expect(update).rejects.toThrow('Bad (AWS::SQS::Queue)');
    expect((await cloud.queueNames()).sort()).toEqual(['dead', 'main', 'old']);
    expect(cloud.cloudFormation.stack('App')).toEqual(before);
    const { Attributes } = await new SQSClient(cloud.settings).send(
      new GetQueueAttributesCommand({
        QueueUrl: before!.resources.get('Main')!.physicalId,
        AttributeNames: ['VisibilityTimeout'],
      }),
    );
    expect(Attributes).toEqual({ VisibilityTimeout: '30' });
  });

  test('a resource cannot change its type', async () => {
    const cloud = testCloud();
    await cloud.deploy({ App: { Resources: { Thing: queue('a') } } });
    const other = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
    await expect(cloud.deploy({ App: { Resources: { Thing: other } } })).rejects.toThrow(
      'Thing (AWS::EC2::VPC): its type cannot change from AWS::SQS::Queue',
    );
  });
});

describe('exports', () => {
  const producer = (value: string): Template => ({
    Resources: { Queue: queue('a') },
    Outputs: { Name: { Value: value, Export: { Name: { 'Fn::Sub': '${AWS::StackName}-name' } } } },
  });
  const consumer: Template = {
    Resources: { Queue: queue('b', { QueueName: { 'Fn::ImportValue': 'Producer-name' } }) },
  };

  test('reach the stacks that import them', async () => {
    const cloud = testCloud();
    await cloud.deploy({ Producer: producer('imported'), Consumer: consumer });
    expect((await cloud.queueNames()).sort()).toEqual(['a', 'imported']);
  });

  test('stay as they are while they are in use', async () => {
    const cloud = testCloud();
    await cloud.deploy({ Producer: producer('imported'), Consumer: consumer });
    const refusal = 'export Producer-name cannot be changed or deleted as it is in use by Consumer';
    await expect(cloud.deploy({ Producer: producer('changed') })).rejects.toThrow(refusal);
    await expect(cloud.destroy(['Producer'])).rejects.toThrow(refusal);
    await cloud.destroy(['Consumer', 'Producer']);
    expect(await cloud.queueNames()).toEqual([]);
  });

  test('are unique, and must be there', async () => {
    const cloud = testCloud();
    const other = { ...producer('x'), Outputs: { Name: { Value: 'x', Export: { Name: 'Producer-name' } } } };
    await expect(cloud.deploy({ Consumer: consumer })).rejects.toThrow('no export named Producer-name found');
    await expect(
      cloud.deploy({ Producer: producer('x'), Other: { ...other, Resources: { Queue: queue('c') } } }),
    ).rejects.toThrow('export Producer-name is already exported by stack Producer');
    expect(await cloud.queueNames()).toEqual(['a']);
  });
});

describe('deleting a stack', () => {
  test('removes dependents first and keeps what is to be retained', async () => {
    const cloud = testCloud();
    const vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
    const retained = { ...queue('precious'), DeletionPolicy: 'Retain' };
    await cloud.deploy({ App: { Resources: { Subnet: subnet('us-east-1a'), Vpc: vpc, Precious: retained } } });
    const before = cloud.changes().length;
    await cloud.destroy();
    expect(cloud.changes().slice(before)).toEqual(['ec2:DeleteSubnet', 'ec2:DeleteVpc']);
    expect(await cloud.queueNames()).toEqual(['precious']);
    expect(cloud.cloudFormation.stack('App')).toBeUndefined();
  });

  test('what cannot be deleted stays, with what it depends on', async () => {
    const cloud = testCloud();
    const vpc = { Type: 'AWS::EC2::VPC', Properties: { CidrBlock: '10.0.0.0/16' } };
    await cloud.deploy({ App: { Resources: { Subnet: subnet('us-east-1a'), Vpc: vpc, Queue: queue('a') } } });
    cloud.refuse('ec2:DeleteSubnet');
    await expect(cloud.destroy()).rejects.toThrow('could not delete Subnet (AWS::EC2::Subnet): refused by the test');
    expect([...cloud.cloudFormation.stack('App')!.resources.keys()]).toEqual(['Vpc', 'Subnet']);
    expect(await cloud.queueNames()).toEqual([]);
  });

  test('what is gone already is no failure', async () => {
    const cloud = testCloud();
    const [stack] = await cloud.deploy({ App: { Resources: { Queue: queue('a') } } });
    await new SQSClient(cloud.settings).send(
      new DeleteQueueCommand({ QueueUrl: stack!.resources.get('Queue')!.physicalId }),
    );
    await cloud.destroy();
    expect(cloud.cloudFormation.stack('App')).toBeUndefined();
  });
});
