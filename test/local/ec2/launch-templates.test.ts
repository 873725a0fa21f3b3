import { Compute } from './compute';

const versions = async (compute: Compute, input: object): Promise<number[]> => {
  const { LaunchTemplateVersions } = await compute.call('ec2', 'DescribeLaunchTemplateVersions', input);
  return LaunchTemplateVersions.map((one: { VersionNumber: number }) => one.VersionNumber);
};

test('a new version leaves the default version as it is, until it is modified', async () => {
  const compute = new Compute();
  const id = await compute.launchTemplate('workers');
  await compute.call('ec2', 'CreateLaunchTemplateVersion', {
    LaunchTemplateId: id,
    LaunchTemplateData: { InstanceType: 'm5.large' },
  });
  const { LaunchTemplates } = await compute.call('ec2', 'DescribeLaunchTemplates', { LaunchTemplateIds: [id] });
  expect(LaunchTemplates).toMatchObject([{ DefaultVersionNumber: 1, LatestVersionNumber: 2 }]);
  expect(compute.ec2.launchTemplate({ launchTemplateId: id })).toMatchObject({
    version: '1',
    instanceType: 'm5.xlarge',
  });
  expect(compute.ec2.launchTemplate({ launchTemplateId: id, version: '$Latest' })).toMatchObject({
    version: '2',
    instanceType: 'm5.large',
  });
  await compute.call('ec2', 'ModifyLaunchTemplate', { LaunchTemplateName: 'workers', DefaultVersion: '2' });
  expect(compute.ec2.launchTemplate({ launchTemplateName: 'workers', version: '$Default' }).version).toBe('2');
});

test('a version from a source keeps what it does not say anew', async () => {
  const compute = new Compute();
  const LaunchTemplateId = await compute.launchTemplate('workers', { InstanceMarketOptions: { MarketType: 'spot' } });
  const { LaunchTemplateVersion } = await compute.call('ec2', 'CreateLaunchTemplateVersion', {
    LaunchTemplateId,
    SourceVersion: '1',
    LaunchTemplateData: { InstanceType: 'm5.large' },
  });
  expect(LaunchTemplateVersion).toMatchObject({
    VersionNumber: 2,
    DefaultVersion: false,
    LaunchTemplateData: { InstanceType: 'm5.large', ImageId: 'ami-0123456789abcdef0' },
  });
  expect(compute.ec2.launchTemplate({ launchTemplateId: LaunchTemplateId, version: '2' }).spot).toBe(true);
});

test('versions are selected by number, name and range', async () => {
  const compute = new Compute();
  const LaunchTemplateId = await compute.launchTemplate('workers');
  for (let version = 2; version <= 4; version++) {
    await compute.call('ec2', 'CreateLaunchTemplateVersion', { LaunchTemplateId, LaunchTemplateData: {} });
  }
  expect(await versions(compute, { LaunchTemplateId })).toEqual([1, 2, 3, 4]);
  expect(await versions(compute, { LaunchTemplateId, Versions: ['$Latest', '$Default'] })).toEqual([1, 4]);
  expect(await versions(compute, { LaunchTemplateId, MinVersion: '2', MaxVersion: '3' })).toEqual([2, 3]);
  expect(await versions(compute, { Versions: ['$Latest'] })).toEqual([4]);
});

test('user data reaches instances as plain text', async () => {
  const compute = new Compute();
  const launchTemplateId = await compute.launchTemplate('workers', {
    UserData: Buffer.from('#!/bin/bash\necho hello').toString('base64'),
  });
  expect(compute.ec2.launchTemplate({ launchTemplateId }).userData).toBe('#!/bin/bash\necho hello');
});

test('wrong names and versions are refused as EC2 refuses them', async () => {
  const compute = new Compute();
  const LaunchTemplateId = await compute.launchTemplate('workers');
  await expect(compute.launchTemplate('workers')).rejects.toMatchObject({
    code: 'InvalidLaunchTemplateName.AlreadyExistsException',
  });
  await expect(versions(compute, { LaunchTemplateName: 'others' })).rejects.toMatchObject({
    code: 'InvalidLaunchTemplateName.NotFoundException',
    message: 'The specified launch template, with template name others, does not exist.',
  });
  await expect(versions(compute, { LaunchTemplateId: 'lt-1' })).rejects.toMatchObject({
    code: 'InvalidLaunchTemplateId.NotFound',
  });
  await expect(versions(compute, { LaunchTemplateId, Versions: ['7'] })).rejects.toMatchObject({
    code: 'InvalidLaunchTemplateId.VersionNotFound',
    message: `Could not find the specified version 7 for the launch template with ID ${LaunchTemplateId}.`,
  });
  await expect(versions(compute, {})).rejects.toMatchObject({ code: 'MissingParameter' });
  await compute.call('ec2', 'DeleteLaunchTemplate', { LaunchTemplateId });
  expect(() => compute.ec2.launchTemplate({ launchTemplateId: LaunchTemplateId })).toThrow('does not exist');
});
