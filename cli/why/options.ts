import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { UsageError } from '../demo/options';

export interface WhyOptions {
  readonly jobId: string;
  /** The local AWS, or whatever else speaks its protocol. AWS itself when absent. */
  readonly endpoint?: string;
  readonly region?: string;
  readonly profile?: string;
  readonly json: boolean;
}

/** @throws UsageError; `help` when help was asked for and printed */
export function parseOptions(argv: readonly string[]): WhyOptions | 'help' {
  const program = command();
  try {
    program.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return 'help';
    throw new UsageError(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
  }
  return {
    json: false,
    ...program.opts<Omit<WhyOptions, 'jobId' | 'json'>>(),
    jobId: program.processedArgs[0] as string,
  };
}

function command(): Command {
  return new Command('why')
    .description(
      'Says what holds a job of AWS Batch, what each environment of its queue has, and what to do next. It only reads. ' +
        'Credentials and Region are found as every AWS tool finds them (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, …).',
    )
    .argument('<job>', 'its id or ARN; of a child of an array with a colon and its index', jobId)
    .option('--endpoint <url>', 'where to ask instead of AWS: the local AWS, for one', url)
    .option('--region <name>', 'the Region, in place of AWS_REGION')
    .option('--profile <name>', 'a profile of the AWS configuration, in place of AWS_PROFILE')
    .option('--json', 'print the explanation as JSON')
    .allowExcessArguments(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride();
}

const JOB_ID = /^[\w-]+(:\d+)?$/;

function jobId(text: string): string {
  const id = text.startsWith('arn:') ? text.slice(text.lastIndexOf('/') + 1) : text;
  if (!JOB_ID.test(id)) throw new InvalidArgumentError('It is neither the id of a job nor its ARN.');
  return id;
}

function url(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new InvalidArgumentError('It is no http or https address.');
}
