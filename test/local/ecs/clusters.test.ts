import { Compute } from '../ec2/compute';

test('clusters are made, listed, described and deleted', async () => {
  const compute = new Compute();
  const { cluster } = await compute.call('ecs', 'CreateCluster', {
    clusterName: 'jobs',
    tags: [{ key: 'team', value: 'a' }],
  });
  expect(cluster).toMatchObject({
    clusterArn: 'arn:aws:ecs:us-east-1:123456789012:cluster/jobs',
    status: 'ACTIVE',
    registeredContainerInstancesCount: 0,
  });
  expect(await compute.call('ecs', 'ListClusters')).toEqual({ clusterArns: [cluster.clusterArn] });
  expect(
    await compute.call('ecs', 'DescribeClusters', { clusters: ['jobs', 'other'], include: ['TAGS'] }),
  ).toMatchObject({
    clusters: [{ clusterName: 'jobs', tags: [{ key: 'team', value: 'a' }] }],
    failures: [{ arn: 'arn:aws:ecs:us-east-1:123456789012:cluster/other', reason: 'MISSING' }],
  });
  expect(await compute.call('ecs', 'DeleteCluster', { cluster: 'jobs' })).toMatchObject({
    cluster: { status: 'INACTIVE' },
  });
  expect(await compute.call('ecs', 'ListClusters')).toEqual({ clusterArns: [] });
  await expect(compute.call('ecs', 'DeleteCluster', { cluster: 'jobs' })).rejects.toMatchObject({
    code: 'ClusterNotFoundException',
  });
});

test('a cluster with instances is not deleted through the API, but Batch can delete its own', async () => {
  const compute = new Compute();
  const cluster = compute.ecs.createCluster('jobs');
  const { instanceId } = compute.ec2.launch(compute.request());
  await compute.seconds(90);
  await expect(compute.call('ecs', 'DeleteCluster', { cluster: 'jobs' })).rejects.toMatchObject({
    code: 'ClusterContainsContainerInstancesException',
  });
  compute.ecs.deleteCluster(cluster);
  expect(compute.ecs.history(instanceId)).toMatchObject({ deregisteredAt: compute.clock.now() });
  expect(await compute.call('ecs', 'ListClusters')).toEqual({ clusterArns: [] });
});

test('creating a cluster that there is gives it back; one that was deleted begins anew', async () => {
  const compute = new Compute();
  const arn = compute.ecs.createCluster('jobs');
  compute.ec2.launch(compute.request());
  await compute.seconds(90);
  expect(compute.ecs.createCluster('jobs')).toBe(arn);
  expect(compute.ecs.placeable(arn)).toHaveLength(1);
  compute.ecs.deleteCluster(arn);
  compute.ecs.createCluster('jobs');
  expect(compute.ecs.placeable(arn)).toEqual([]);
});
