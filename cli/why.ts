/** `npm run why`: what holds a job of AWS Batch, real or local, and what to do about it. It only reads. */
import { UsageError } from './demo/options';
import { parseOptions } from './why/options';

// The SDK would speak of Node.js versions for its next year.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') return;
  // Loading the SDK takes a while, which nobody should wait who only misspelt an argument.
  const { why } = await import('./why/why.js');
  console.log(await why(options, new Date()));
}

main().catch((error: Error) => {
  // What the user can act on is in the message; where it was thrown is not of interest.
  console.error(`why: ${error.message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
