import { InstanceType } from 'aws-cdk-lib/aws-ec2';
import * as fc from 'fast-check';
import { knownInstanceType, knownSizes, registeredMemoryMiB } from '../../../lib/capacity/instance-shape';
import * as INSTANCE_SHAPES from '../../../lib/capacity/instance-shapes.json';

test('the table holds what EC2 says of its types', () => {
  expect(knownInstanceType(new InstanceType('m5.4xlarge'))).toEqual({
    name: 'm5.4xlarge',
    size: '4xlarge',
    shape: { vcpus: 16, memoryMiB: 65_536, gpus: 0 },
    architecture: 'x86_64',
  });
  expect(knownInstanceType(new InstanceType('p4d.24xlarge'))).toEqual({
    name: 'p4d.24xlarge',
    size: '24xlarge',
    shape: { vcpus: 96, memoryMiB: 1_179_648, gpus: 8 },
    architecture: 'x86_64',
  });
  expect(knownInstanceType(new InstanceType('c7g.large'))?.architecture).toBe('arm64');
  expect(knownInstanceType(new InstanceType('x99.large'))).toBeUndefined();
});

test('each entry is whole and positive', () => {
  const entries = Object.entries(INSTANCE_SHAPES as unknown as Record<string, unknown[]>).filter(
    ([name]) => name !== 'default',
  );
  expect(entries.length).toBeGreaterThan(1000);
  const broken = entries.filter(
    ([, [vcpus, memoryMiB, gpus, architecture]]) =>
      !(Number.isInteger(vcpus) && (vcpus as number) > 0) ||
      !(Number.isInteger(memoryMiB) && (memoryMiB as number) > 0) ||
      !(Number.isInteger(gpus) && (gpus as number) >= 0) ||
      !['x86_64', 'arm64'].includes(architecture as string),
  );
  expect(broken).toEqual([]);
});

test('the sizes of a family are those of that family only, the smallest first', () => {
  const sizes = knownSizes('m5').map(({ shape }) => shape.vcpus);
  expect(sizes.slice(0, 4)).toEqual([2, 4, 8, 16]);
});

describe('what an instance registers is estimated', () => {
  // m4.large and 512 GiB as reported, the others as MemTotal of Amazon Linux shows them.
  test.each([
    ['t3.micro', 1024, 916],
    ['c5.large', 4096, 3_760],
    ['m4.large', 8192, 7_985],
    ['m5.xlarge', 16_384, 15_570],
    ['m5.2xlarge', 32_768, 31_649],
    ['m5.24xlarge', 393_216, 380_376],
    ['512 GiB', 524_288, 507_821],
  ])('below what %s was seen to register, by no more than a third', (_, memoryMiB, seen) => {
    const estimate = registeredMemoryMiB(memoryMiB);
    expect(estimate).toBeLessThanOrEqual(seen);
    expect(estimate).toBeGreaterThan(seen * (2 / 3));
  });

  test('below what it is sold with, and never more for less', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 25 }), fc.integer({ min: 0, max: 2 ** 20 }), (memoryMiB, more) => {
        const estimate = registeredMemoryMiB(memoryMiB);
        expect(estimate).toBeGreaterThanOrEqual(0);
        expect(estimate).toBeLessThan(memoryMiB);
        expect(registeredMemoryMiB(memoryMiB + more)).toBeGreaterThanOrEqual(estimate);
      }),
    );
  });
});
