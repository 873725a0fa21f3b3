/** The apps of examples/, deployed as they stand with the CDK, and deleted again. */
import { DescribeJobQueuesCommand } from '@aws-sdk/client-batch';
import { DeleteStackCommand } from '@aws-sdk/client-cloudformation';
import { Account } from './account';
import { DeployedStack } from './deployed-stack';
import { EXAMPLES } from '../examples/example';
import { eventually } from '../processes';
import { makeTheirs } from '../stack/queue-depth-autoscaler/theirs';

/** Bundled once, by the suite; the reference app is deployed with the build of cdk.json before each synthesis. */
const BUILT = ['--build', 'true'];

let account: Account;

beforeAll(async () => {
  account = await Account.open();
  expect(await account.bootstrap()).toMatchObject({ exitCode: 0 });
});

afterAll(() => account.close());

async function queueStates(): Promise<readonly string[]> {
  const { jobQueues = [] } = await account.batch.send(new DescribeJobQueuesCommand({}));
  return jobQueues.map(({ status }) => status!);
}

function typesOf(template: { Resources: Record<string, { Type: string }> }): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { Type } of Object.values(template.Resources)) counts[Type] = (counts[Type] ?? 0) + 1;
  return counts;
}

async function remove(stackName: string): Promise<void> {
  await account.cloudFormation.send(new DeleteStackCommand({ StackName: stackName }));
  const stack = new DeployedStack(account, stackName, {});
  const gone = (error: Error) => (error.message.includes('does not exist') ? 'GONE' : Promise.reject(error));
  const status = await eventually(`${stackName} is deleted`, 120, async () => {
    const seen = await stack.status().catch(gone);
    return seen !== 'DELETE_IN_PROGRESS' && seen;
  });
  expect(['GONE', 'DELETE_COMPLETE']).toContain(status);
}

test.each(EXAMPLES)('%s', async (name) => {
  if (name === 'import-existing') await makeTheirs(account);
  const before = await queueStates();

  const { stacksRecursively } = await account.deployStacks(
    '**',
    ...BUILT,
    '--app',
    `node --import tsx examples/${name}.ts`,
  );

  let queues = before.length;
  for (const { stackName, template } of stacksRecursively) {
    const types = typesOf(template as never);
    const stack = new DeployedStack(account, stackName, {});
    expect(await stack.status()).toBe('CREATE_COMPLETE');
    expect(await stack.resources()).toEqual(types);
    queues += types['AWS::Batch::JobQueue'] ?? 0;
  }
  expect(await queueStates()).toEqual(Array(queues).fill('VALID'));

  for (const { stackName } of [...stacksRecursively].reverse()) await remove(stackName);
  expect(await queueStates()).toEqual(before);
});
