import { Size } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import type { ContainerJobDefinitionProps } from '../../../lib';
import { ContainerJobDefinition, JobData, S3FilesVolume } from '../../../lib';
import { actionsOn, clusterStack, statements } from '../fixture';

function bucketStack(props: s3.BucketProps = {}) {
  const { stack } = clusterStack();
  return { stack, bucket: new s3.Bucket(stack, 'Bucket', { bucketName: 'data', ...props }) };
}

function job(stack: ReturnType<typeof clusterStack>['stack'], props: Partial<ContainerJobDefinitionProps>) {
  return new ContainerJobDefinition(stack, 'Job', {
    image: ContainerImage.fromRegistry('example/job'),
    vcpus: 1,
    memory: Size.gibibytes(2),
    ...props,
  });
}

const url = (prefix: string) => ({
  'Fn::Join': ['', ['s3://', { Ref: expect.stringMatching('^Bucket') }, `/${prefix}`]],
});

test('a job is told where its data is, and may use that alone', () => {
  const { stack, bucket } = bucketStack();
  job(stack, {
    environment: { MODE: 'fast' },
    data: {
      INPUT: JobData.readFrom(bucket, 'raw/'),
      OUTPUT: JobData.writeTo(bucket, 'clean'),
      STATE: JobData.readWrite(bucket, 'state'),
    },
  });
  const template = Template.fromStack(stack);
  const [definition] = Object.values(template.findResources('AWS::Batch::JobDefinition'));
  expect(definition!.Properties.ContainerProperties.Environment).toEqual([
    { Name: 'MODE', Value: 'fast' },
    { Name: 'INPUT', Value: url('raw/') },
    { Name: 'OUTPUT', Value: url('clean/') },
    { Name: 'STATE', Value: url('state/') },
  ]);
  const all = statements(template, 'JobJobRole');
  expect(actionsOn(all, '/raw/*')).toEqual(['s3:GetObject']);
  expect(actionsOn(all, '/clean/*')).toEqual(['s3:AbortMultipartUpload', 's3:PutObject']);
  expect(actionsOn(all, '/state/*')).toEqual([
    's3:AbortMultipartUpload',
    's3:DeleteObject',
    's3:GetObject',
    's3:PutObject',
  ]);
  const lists = all.filter(({ Action }) => Action === 's3:ListBucket');
  expect(lists.map(({ Condition }) => Condition)).toEqual([
    { StringLike: { 's3:prefix': ['raw/*'] } },
    { StringLike: { 's3:prefix': ['state/*'] } },
  ]);
});

test('all of a bucket, without a prefix', () => {
  const { stack, bucket } = bucketStack();
  job(stack, { data: { INPUT: JobData.readFrom(bucket) } });
  const all = statements(Template.fromStack(stack), 'JobJobRole');
  expect(actionsOn(all, '/*')).toEqual(['s3:GetObject']);
  expect(all.find(({ Action }) => Action === 's3:ListBucket')).not.toHaveProperty('Condition');
});

test('the key of the bucket, too: to read, to write', () => {
  const { stack, bucket } = bucketStack({
    encryptionKey: kms.Key.fromKeyArn(clusterStack().stack, 'Key', 'arn:aws:kms:us-east-1:123456789012:key/k'),
  });
  job(stack, { data: { INPUT: JobData.readFrom(bucket, 'in'), OUTPUT: JobData.writeTo(bucket, 'out') } });
  expect(actionsOn(statements(Template.fromStack(stack), 'JobJobRole'), ':key/')).toEqual([
    'kms:Decrypt',
    'kms:Decrypt',
    'kms:GenerateDataKey',
  ]);
});

test.each<[string, (bucket: s3.IBucket) => Partial<ContainerJobDefinitionProps>, string]>([
  [
    'a prefix that begins with a slash',
    (bucket) => ({ data: { IN: JobData.readFrom(bucket, '/raw') } }),
    'data.IN is /raw/; it must be a prefix without a slash at its beginning',
  ],
  [
    'a wildcard, which would grant more',
    (bucket) => ({ data: { IN: JobData.readFrom(bucket, 'raw*') } }),
    'data.IN is raw*/; it must be a prefix without',
  ],
  [
    'a name of the environment',
    (bucket) => ({ environment: { IN: 'x' }, data: { IN: JobData.readFrom(bucket) } }),
    'data is IN; it must be a name that is not in environment too.',
  ],
  [
    'a name of Batch',
    (bucket) => ({ data: { AWS_BATCH_IN: JobData.readFrom(bucket) } }),
    'data is AWS_BATCH_IN; it must be a name that does not begin with AWS_BATCH',
  ],
  [
    'a relative root of an S3 Files volume',
    () => ({ mounts: [{ volume: filesVolume({ rootDirectory: 'raw' }), containerPath: '/data' }] }),
    'rootDirectory of volume objects is raw; it must be an absolute path.',
  ],
  [
    'a root beside an access point',
    () => ({
      mounts: [{ volume: filesVolume({ rootDirectory: '/raw', accessPointArn: 'arn:ap' }), containerPath: '/data' }],
    }),
    'rootDirectory of volume objects is /raw; it must be left out with accessPointArn, which says the directory.',
  ],
])('refused: %s', (_what, props, message) => {
  const { stack, bucket } = bucketStack();
  expect(() => job(stack, props(bucket))).toThrow(`[Stack/Job] ${message}`);
});

function filesVolume(options: { rootDirectory?: string; accessPointArn?: string } = {}): S3FilesVolume {
  return new S3FilesVolume({
    name: 'objects',
    fileSystemArn: 'arn:aws:s3files:us-east-1:123456789012:file-system/fs-1',
    ...options,
  });
}

test('objects as files, by an S3 Files file system', () => {
  const { stack } = clusterStack();
  const accessPointArn = 'arn:aws:s3files:us-east-1:123456789012:file-system/fs-1/access-point/fsap-1';
  job(stack, { mounts: [{ volume: filesVolume({ accessPointArn }), containerPath: '/data' }] });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Batch::JobDefinition', {
    ContainerProperties: {
      Volumes: [
        {
          Name: 'objects',
          S3FilesVolumeConfiguration: {
            FileSystemArn: 'arn:aws:s3files:us-east-1:123456789012:file-system/fs-1',
            AccessPointArn: accessPointArn,
          },
        },
      ],
    },
  });
  expect(statements(template, 'JobJobRole')).toEqual([
    {
      Effect: 'Allow',
      Action: ['s3files:ClientMount', 's3files:ClientWrite'],
      Resource: 'arn:aws:s3files:us-east-1:123456789012:file-system/fs-1',
      Condition: { StringEquals: { 's3files:AccessPointArn': accessPointArn } },
    },
  ]);
});
