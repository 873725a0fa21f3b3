import { DescribeInstanceTypesCommand, type EC2Client, type InstanceTypeInfo } from '@aws-sdk/client-ec2';
import type { Resources } from '../../../lib/capacity/config';
import { chunks } from '../../runtime/chunks';

export interface ListedType {
  readonly name: string;
  readonly listed: Resources;
}

/**
 * Families that AWS Batch chooses from by itself.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/instance-type-compute-table.html
 */
const BUNDLES: ReadonlyMap<string, readonly string[]> = new Map([
  ['optimal', ['m6i', 'c6i', 'r6i', 'c7i']],
  ['default_x86_64', ['m6i', 'c6i', 'r6i', 'c7i']],
  ['default_arm64', ['m6g', 'c6g', 'r6g', 'c7g']],
]);

/** The most values that one filter takes. */
const VALUES_PER_FILTER = 200;

/** Instance types as EC2 lists them; they do not change, so each is asked for once. */
export class InstanceTypes {
  private readonly known = new Map<string, readonly ListedType[]>();

  constructor(private readonly ec2: EC2Client) {}

  /** Makes types known. @param names types, families or bundles of families, as an environment lists them */
  async learn(names: readonly string[]): Promise<void> {
    const patterns = new Set(names.flatMap(patternsOf));
    const unknown = [...patterns].filter((pattern) => !this.known.has(pattern));
    for (const values of chunks(unknown, VALUES_PER_FILTER)) {
      const types = await this.list(values);
      for (const pattern of values) {
        this.known.set(
          pattern,
          types.filter(({ name }) =>
            pattern.endsWith('.*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern,
          ),
        );
      }
    }
  }

  /** What the names stand for, as far as EC2 knows them in this Region. */
  named(names: readonly string[]): ListedType[] {
    const types = names.flatMap(patternsOf).flatMap((pattern) => this.known.get(pattern) ?? []);
    return [...new Map(types.map((type) => [type.name, type])).values()];
  }

  private async list(values: string[]): Promise<ListedType[]> {
    const types: ListedType[] = [];
    let NextToken: string | undefined;
    do {
      const page = await this.ec2.send(
        new DescribeInstanceTypesCommand({ Filters: [{ Name: 'instance-type', Values: values }], NextToken }),
      );
      types.push(...(page.InstanceTypes ?? []).map(listedType));
      NextToken = page.NextToken;
    } while (NextToken);
    return types;
  }
}

/** A filter with a name that does not exist finds nothing; asking for it by name would be refused. */
function patternsOf(name: string): string[] {
  const families = BUNDLES.get(name) ?? (name.includes('.') ? undefined : [name]);
  return families ? families.map((family) => `${family}.*`) : [name];
}

function listedType({ InstanceType, VCpuInfo, MemoryInfo, GpuInfo }: InstanceTypeInfo): ListedType {
  return {
    name: InstanceType!,
    listed: {
      vcpus: VCpuInfo?.DefaultVCpus ?? 0,
      memoryMiB: MemoryInfo?.SizeInMiB ?? 0,
      gpus: (GpuInfo?.Gpus ?? []).reduce((sum, { Count = 0 }) => sum + Count, 0),
    },
  };
}
