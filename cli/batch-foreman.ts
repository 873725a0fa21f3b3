/** The `batch-foreman` command, as it is typed. */
import { run } from './command/program';

// The SDK would speak of Node.js versions for its next year.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

// Who has read enough, as `head` has, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const { stdout, stderr, env } = process;
void run(process.argv.slice(2), { stdout, stderr, env, now: () => new Date() }).then((exitCode) => {
  process.exitCode = exitCode;
  // What failed may have left timers, as those of a local AWS that could not be deployed to.
  if (exitCode !== 0) process.exit();
});
