import { Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { JobMount } from '../../../lib';
import { ContainerJobDefinition, EfsVolume, JobVolume, RunPlace } from '../../../lib';
import { runPlace } from '../../../lib/storage/config';
import { actionsOn, clusterStack, statements } from '../fixture';

function jobStack(mounts: JobMount[] = []) {
  const { stack, cluster } = clusterStack();
  const job = new ContainerJobDefinition(stack, 'Job', {
    image: ContainerImage.fromRegistry('example/job'),
    vcpus: 1,
    memory: Size.gibibytes(2),
    mounts,
  });
  return { stack, cluster, job };
}

test('a prefix of a bucket: the job may use it, and each run has its own below', () => {
  const { stack, job } = jobStack();
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'data');
  const base = RunPlace.s3(bucket)._bind(stack, job);
  expect(base).toBe('s3://data/runs/');
  expect(actionsOn(statements(Template.fromStack(stack), 'JobJobRole'), 'data/runs/*')).toContain('s3:PutObject');
  expect(runPlace(base, 'nightly-20260101T030000Z')).toBe('s3://data/runs/nightly-20260101T030000Z/');
  expect(runPlace(base, 'run#nightly#../1')).toBe('s3://data/runs/run-nightly-..-1/');
});

test('of an imported job the role is not known, and the prefix is', () => {
  const { stack } = jobStack();
  const bucket = s3.Bucket.fromBucketName(stack, 'Bucket', 'data');
  const imported = ContainerJobDefinition.fromJobDefinitionName(stack, 'Imported', 'imported');
  expect(RunPlace.s3(bucket, 'workflows/')._bind(stack, imported)).toBe('s3://data/workflows/');
});

test('a directory: where each job mounts the volume', () => {
  const { stack, cluster } = clusterStack();
  const volume = new EfsVolume({ name: 'shared', fileSystem: cluster.addFileSystem('Files') });
  const job = (id: string, containerPath: string) =>
    new ContainerJobDefinition(stack, id, {
      image: ContainerImage.fromRegistry('example/job'),
      vcpus: 1,
      memory: Size.gibibytes(2),
      mounts: [{ volume, containerPath }],
    });
  const place = RunPlace.directory(volume);
  expect(place._bind(stack, job('One', '/mnt/shared'))).toBe('/mnt/shared/runs/');
  expect(place._bind(stack, job('Two', '/data/'))).toBe('/data/runs/');
  expect(RunPlace.directory(volume, '')._bind(stack, job('Three', '/data'))).toBe('/data/');
});

const volume = JobVolume.host({ name: 'shared', sourcePath: '/mnt/shared' });

test.each<[string, JobMount[], string]>([
  ['a job that does not mount it', [], 'is without volume shared'],
  [
    'a job that may only read it',
    [{ volume, containerPath: '/shared', readOnly: true }],
    'is let only read volume shared',
  ],
])('refused: %s', (_what, mounts, message) => {
  const { stack, job } = jobStack(mounts);
  expect(() => RunPlace.directory(volume)._bind(stack, job)).toThrow(`[Stack] job Stack/Job ${message}; it must be`);
});
