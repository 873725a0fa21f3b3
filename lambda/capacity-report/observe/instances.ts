import { DescribeInstancesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { chunks } from '../../runtime/chunks';

/** The most values that one filter takes. */
const VALUES_PER_FILTER = 200;
/** Of instances that will be there again, or still are. */
const STATES = ['pending', 'running', 'stopping', 'stopped'];

/** The instances of these that there are. A filter with an id that does not exist finds nothing; asking for it fails. */
export async function existing(ec2: EC2Client, instanceIds: readonly string[]): Promise<ReadonlySet<string>> {
  const found = await Promise.all(
    chunks(instanceIds, VALUES_PER_FILTER).map(async (Values) => {
      const Filters = [
        { Name: 'instance-id', Values },
        { Name: 'instance-state-name', Values: STATES },
      ];
      // A page holds a thousand.
      const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({ Filters }));
      return Reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceId }) => InstanceId!));
    }),
  );
  return new Set(found.flat());
}
