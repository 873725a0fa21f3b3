/** The local AWS in the time of the wall clock, with short waits. Prints its addresses as JSON when it is ready. */
import { HttpDoor } from '../../local/http/door';
import { createLocalAws } from '../../local/local-aws';
import { ResourceDoor } from './resource-door';

export interface Addresses {
  /** Where AWS clients go. */
  readonly aws: string;
  /** Where CloudFormation has resources made. */
  readonly resources: string;
}

async function main(): Promise<void> {
  const door = await HttpDoor.open(0, console.error);
  const aws = createLocalAws({
    clock: 'real',
    endpoint: door.url,
    onError: console.error,
    settings: {
      registrationSeconds: 2,
      instancePendingSeconds: 1,
      instanceShutdownSeconds: 1,
      scalingDelaySeconds: 1,
      batchProvisioningSeconds: 0,
    },
  });
  door.serve(aws);
  const addresses: Addresses = { aws: door.url, resources: await new ResourceDoor(aws).open() };
  console.log(JSON.stringify(addresses));
}

void main();
