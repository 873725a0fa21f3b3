/** `npm run lineage -- JOB_ID`: a job and all that it was submitted again as, from any of its ids. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { Command } from 'commander';
import { findLedger } from './lineage/find-ledger';
import { LineageError, readLineage } from './lineage/read';
import { report } from './lineage/report';

interface Options {
  readonly table?: string;
  readonly endpoint?: string;
  readonly region?: string;
  readonly json: boolean;
}

const program = new Command('npm run lineage --')
  .description('A job and all that it was submitted again as, from any of its ids.')
  .argument('<job-id>', 'of any submission, or of a child of an array')
  .option('--table <name>', "the job ledger's table; found by itself when there is only one")
  .option('--endpoint <url>', 'where DynamoDB is, such as http://127.0.0.1:4566 for the local AWS')
  .option('--region <name>', "of the table; the environment's by default")
  .option('--json', 'what is kept, as it is', false);

// The SDK would speak of Node.js versions for its next year.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

async function main(): Promise<void> {
  const [jobId] = program.parse().processedArgs as [string];
  const { table, endpoint, region, json } = program.opts<Options>();
  const dynamo = new DynamoDBClient({ ...(endpoint && { endpoint }), ...(region && { region }) });
  const found = await readLineage(dynamo, table ?? (await findLedger(dynamo)), jobId);
  console.log(json ? JSON.stringify(found, null, 2) : report(found));
}

main().catch((error: Error) => {
  program.error(error instanceof LineageError ? error.message : `${error.name}: ${error.message}`);
});
