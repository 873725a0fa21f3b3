import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import { clusterStack, SMALL } from '../fixture';

describe('a queue', () => {
  test('tries its capacity in the order given', () => {
    const { stack, cluster } = clusterStack();
    const first = cluster.addManagedCapacity('First', { maxvCpus: 8, spot: true });
    const second = cluster.addManagedCapacity('Second', { maxvCpus: 16 });
    cluster.addQueue('Queue', { capacity: [first, second], priority: 3, jobQueueName: 'mine' });
    Template.fromStack(stack).hasResourceProperties('AWS::Batch::JobQueue', {
      JobQueueName: 'mine',
      Priority: 3,
      ComputeEnvironmentOrder: [
        { Order: 1, ComputeEnvironment: { 'Fn::GetAtt': [Match.stringLikeRegexp('First'), 'ComputeEnvironmentArn'] } },
        { Order: 2, ComputeEnvironment: { 'Fn::GetAtt': [Match.stringLikeRegexp('Second'), 'ComputeEnvironmentArn'] } },
      ],
    });
    Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
  });

  test('warns where it mixes managed and unmanaged environments', () => {
    const { stack, cluster } = clusterStack();
    const managed = cluster.addManagedCapacity('Managed', { maxvCpus: 8 });
    const unmanaged = cluster.addUnmanagedCapacity('Unmanaged', { pools: [SMALL] });
    cluster.addQueue('Queue', { capacity: [unmanaged, managed] });
    Annotations.fromStack(stack).hasWarning(
      '/Stack/Cluster/Queue',
      Match.stringLikeRegexp('capacity mixes managed and unmanaged environments'),
    );
  });

  test('refuses EC2 together with Fargate', () => {
    const { cluster } = clusterStack();
    const ec2 = cluster.addManagedCapacity('Ec2', { maxvCpus: 8 });
    const fargate = cluster.addFargateCapacity('Fargate', { maxvCpus: 8 });
    expect(() => cluster.addQueue('Queue', { capacity: [ec2, fargate] })).toThrow(
      '[Stack/Cluster/Queue] capacity is Ec2 (MANAGED_EC2), Fargate (FARGATE); it must be all Fargate or all EC2. ' +
        'Make a queue for each.',
    );
  });

  test('refuses more than three environments, and none', () => {
    const { cluster } = clusterStack();
    const capacity = [1, 2, 3, 4].map((number) => cluster.addManagedCapacity(`C${number}`, { maxvCpus: 8 }));
    expect(() => cluster.addQueue('Four', { capacity })).toThrow(
      '[Stack/Cluster/Four] capacity is a list of 4; it must be a list of 1 to 3.',
    );
    expect(() => cluster.addQueue('None', { capacity: [] })).toThrow('capacity is a list of 0');
  });

  test('refuses the same environment twice', () => {
    const { cluster } = clusterStack();
    const capacity = cluster.addManagedCapacity('Capacity', { maxvCpus: 8 });
    expect(() => cluster.addQueue('Queue', { capacity: [capacity, capacity] })).toThrow(
      '[Stack/Cluster/Queue] capacity is twice Capacity; it must be each once.',
    );
  });

  test('refuses a priority that Batch does not know', () => {
    const { cluster } = clusterStack();
    const capacity = [cluster.addManagedCapacity('Capacity', { maxvCpus: 8 })];
    expect(() => cluster.addQueue('Queue', { capacity, priority: 1001 })).toThrow(
      '[Stack/Cluster/Queue] priority is 1001; it must be a whole number from 0 to 1000.',
    );
  });
});

describe('Fargate capacity', () => {
  test('is Spot where told', () => {
    const { stack, cluster } = clusterStack();
    const containerInsights = ContainerInsights.ENABLED;
    cluster.addFargateCapacity('Capacity', { maxvCpus: 16, spot: true, containerInsights });
    Template.fromStack(stack).hasResourceProperties('AWS::Batch::ComputeEnvironment', {
      Type: 'managed',
      ComputeResources: { Type: 'FARGATE_SPOT', MaxvCpus: 16 },
      EcsSettings: { ContainerInsights: 'ENABLED' },
    });
  });

  test('is in the security groups that are given', () => {
    const { stack, cluster, vpc } = clusterStack();
    const securityGroups = [new SecurityGroup(stack, 'Mine', { vpc })];
    const capacity = cluster.addFargateCapacity('Capacity', { maxvCpus: 16, securityGroups });
    expect(capacity.connections.securityGroups).toEqual(securityGroups);
    Template.fromStack(stack).resourceCountIs('AWS::EC2::SecurityGroup', 1);
  });

  test('refuses no vCPU, six security groups and a name with a dot', () => {
    const { stack, cluster, vpc } = clusterStack();
    const securityGroups = [1, 2, 3, 4, 5, 6].map((number) => new SecurityGroup(stack, `G${number}`, { vpc }));
    expect(() => cluster.addFargateCapacity('A', { maxvCpus: 0 })).toThrow(
      '[Stack/Cluster/A] maxvCpus is 0; it must be a whole number of at least 1.',
    );
    expect(() => cluster.addFargateCapacity('B', { maxvCpus: 1, securityGroups })).toThrow(
      '[Stack/Cluster/B] securityGroups is a list of 6; it must be a list of 1 to 5, or left out.',
    );
    expect(() => cluster.addFargateCapacity('C', { maxvCpus: 1, computeEnvironmentName: 'a.b' })).toThrow(
      '[Stack/Cluster/C] computeEnvironmentName is "a.b"; it must be 1 to 128 letters',
    );
  });
});
