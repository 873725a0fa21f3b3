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
  const door = await HttpDoor.open(0, report);
  const aws = createLocalAws({
    clock: 'real',
    endpoint: door.url,
    onError: report,
    settings: {
      registrationSeconds: 2,
      instancePendingSeconds: 1,
      instanceShutdownSeconds: 1,
      scalingDelaySeconds: 1,
      batchProvisioningSeconds: 0,
      fargateStartSeconds: 1,
    },
  });
  door.serve(aws);
  const addresses: Addresses = { aws: door.url, resources: await new ResourceDoor(aws).open() };
  process.stdout.write(`${JSON.stringify(addresses)}\n`);
}

function report(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
}

void main();
