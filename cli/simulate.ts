/** `npm run simulate`: what autoscaling policies cost on a trace of jobs, and how long its jobs wait. */
import { UsageError } from './demo/options';
import { simulateCommand } from './simulate/simulate';

try {
  const output = simulateCommand(process.argv.slice(2));
  if (output !== '') console.log(output);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`simulate: ${error.message}`);
  process.exitCode = 2;
}
