import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { Duration } from 'aws-cdk-lib';
import { findDeployed, ledgerTables } from '../../cli/aws/deployed';
import { readLineage } from '../../cli/lineage/read';
import { report } from '../../cli/lineage/report';
import { RetryRule } from '../../lib';
import { FAILS, RetriesEnvironment, SUCCEEDS, synthesize } from '../stack/job-retries/environment';

let environment: RetriesEnvironment;
let dynamo: DynamoDBClient;
beforeAll(async () => {
  const assembly = synthesize(({ spot }) => ({
    queues: [spot],
    rules: [RetryRule.onFailure({ delay: Duration.seconds(1) })],
  }));
  environment = await RetriesEnvironment.deploy(assembly);
  dynamo = environment.aws.client(DynamoDBClient);
});

async function told(jobId: string): Promise<string> {
  return report((await readLineage(dynamo, environment.tableName, jobId))!);
}

test('the ledger is found by its function', async () => {
  const deployed = await findDeployed(environment.aws.client(LambdaClient));
  expect(ledgerTables(deployed)).toEqual([environment.tableName]);
});

test("a job's whole history, from any of its ids", async () => {
  const job = await environment.submit({ jobName: 'train', plays: [FAILS, SUCCEEDS] });
  await environment.until('over', () => environment.named('train').some(({ status }) => status === 'SUCCEEDED'));
  await environment.advance(60);
  const [first, second] = environment.named('train');
  const lines = (await told(second!.id)).split('\n');
  expect(lines).toEqual([
    `Job train, first submitted as ${job}: succeeded as ${second!.id}`,
    '',
    expect.stringMatching(
      new RegExp(`^  1\\.  ${first!.id}  .*1 vCPU 2048 MiB  ended .*: FAILURE, exit code 1, .*rule "failure"$`),
    ),
    expect.stringMatching(new RegExp(`^\\* 2\\.  ${second!.id}  `)),
  ]);
  expect((await told(job)).split('\n')[2]).toMatch(/^\* 1\./);
});

test('a job that failed for good says why, and one that never failed says so', async () => {
  const failed = await environment.submit({ jobName: 'bad', plays: [FAILS] });
  const good = await environment.submit({ jobName: 'good' });
  await environment.until('over', () => environment.named('bad').length === 3);
  await environment.advance(300);
  expect(await told(failed)).toContain('failed for good (ATTEMPTS): rule failure allows 3 attempts');
  expect(await told(good)).toBe(`Job ${good} (good) is SUCCEEDED. It was submitted once.`);
});

test('a job that nobody knows has none', async () => {
  expect(await readLineage(dynamo, environment.tableName, '00000000-0000-0000-0000-000000000000')).toBeUndefined();
});
