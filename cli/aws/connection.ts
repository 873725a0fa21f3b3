import type { Command } from 'commander';
import { url } from '../command/arguments';

/** Which AWS is asked, where that is not left to the environment. */
export interface Connection {
  /** The local AWS, or whatever else speaks its protocol. AWS itself when absent. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
}

export function withConnection(command: Command): Command {
  return command
    .option('--endpoint <url>', 'where to ask instead of AWS: the local AWS, for one', url)
    .option('--region <name>', 'the Region, in place of AWS_REGION')
    .option('--profile <name>', 'a profile of the AWS configuration, in place of AWS_PROFILE');
}

/**
 * Makes an SDK client: `client(BatchClient, options)`.
 *
 * @param maxAttempts 1 for calls that must not be made twice
 */
export function client<C>(
  Client: new (settings: never) => C,
  { endpoint, region, profile }: Connection,
  maxAttempts?: number,
): C {
  const settings = {
    ...(endpoint && { endpoint }),
    ...(region && { region }),
    ...(profile && { profile }),
    ...(maxAttempts && { maxAttempts }),
  };
  return new Client(settings as never);
}
