import { Command, CommanderError } from 'commander';
import { CommandError, UsageError } from './errors';
import { type Console, print } from './console';
import { version } from '../../package.json';
import { backfillCommand } from '../backfill/options';
import { demoCommand } from '../demo/options';
import { lineageCommand } from '../lineage/options';
import { localCommand } from '../local/options';
import { rehearseCommand } from '../rehearse/options';
import { retryCommand } from '../retry/options';
import { runsCommand } from '../runs/options';
import { simulateCommand } from '../simulate/options';
import { printableLine } from '../terminal/printable';
import { whyCommand } from '../why/options';

/** What a shell is told. */
export const EXIT = { done: 0, failed: 1, usage: 2 } as const;

const NAME = 'batch-foreman';

/**
 * Runs the command. Whatever goes wrong is one line on the error output.
 *
 * @returns the exit code: 0; 1 when AWS has refused it, or what was looked for is not there; 2 when the arguments are wrong
 */
export async function run(argv: readonly string[], console: Console): Promise<number> {
  const program = programFor(console);
  const speaker = [NAME, ...argv.slice(0, 1).filter((name) => program.commands.some((one) => one.name() === name))];
  const complain = (message: string) => console.stderr.write(`${printableLine(`${speaker.join(' ')}: ${message}`)}\n`);
  try {
    if (argv.length === 0) throw new UsageError(`say what to do: ${NAME} --help`);
    await program.parseAsync(argv, { from: 'user' });
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    if (error instanceof CommanderError || error instanceof UsageError) {
      complain(error.message.replace(/^error: /, '').replaceAll('\n', ' '));
      return EXIT.usage;
    }
    complain(inOneLine(error));
    return EXIT.failed;
  }
}

/** Loading the SDK takes a while, which nobody should wait who only misspelt an argument: verbs are loaded when they act. */
function programFor(console: Console): Command {
  const program = new Command(NAME)
    .description('Looks after AWS Batch with the constructs of cdk-batch-foreman: on AWS itself, or on the local AWS.')
    .version(version)
    .configureOutput({ writeOut: (text) => void console.stdout.write(text), writeErr: () => {} })
    .configureHelp({ showGlobalOptions: false, helpWidth: 100 })
    .exitOverride()
    .addHelpText('after', FOOTNOTE);
  const verbs = [
    whyCommand(async (options) => {
      const { why } = await import('../why/why.js');
      print(console, await why(options, console.now()));
    }),
    runsCommand(async (options) => {
      const { runs } = await import('../runs/runs.js');
      print(console, await runs(options, console.now()));
    }),
    lineageCommand(async (options) => {
      const { lineage } = await import('../lineage/lineage.js');
      print(console, await lineage(options));
    }),
    retryCommand(async (options) => {
      const { retry } = await import('../retry/retry.js');
      print(console, await retry(options));
    }),
    backfillCommand(async (options) => {
      const { backfill } = await import('../backfill/backfill.js');
      print(console, await backfill(options, console.now()));
    }),
    rehearseCommand(async (options) => {
      const { rehearse } = await import('../rehearse/rehearse.js');
      await rehearse(options, console);
    }),
    demoCommand(async (options) => {
      const { demo } = await import('../demo/demo.js');
      await demo(options, console);
    }),
    simulateCommand(async (options) => {
      const { simulate } = await import('../simulate/simulate.js');
      print(console, simulate(options));
    }),
    localCommand(async (options) => {
      const { serve } = await import('../local/serve.js');
      await serve(options, console);
    }),
  ];
  for (const command of verbs) program.addCommand(command.copyInheritedSettings(program));
  return program;
}

const FOOTNOTE = `
Credentials and Region are found as every AWS tool finds them (AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL, …).
Exit codes: 0 done; 1 refused by AWS, not found, or not as it should be; 2 wrong arguments.`;

/** What the user can act on is in the message. */
function inOneLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommandError || error.name === 'Error' || error.name === 'DeploymentError')
    return line(error.message);
  // An address that nobody listens on has as many errors as addresses, and no message.
  const message = error instanceof AggregateError ? String(error.errors[0]) : error.message;
  return line(`${error.name}: ${message}`);
}

function line(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, ' ');
}
