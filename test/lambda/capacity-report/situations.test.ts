import { Observer } from '../../../lambda/capacity-report/observe/observe';
import type { Shortage } from '../../../lambda/capacity-report/model';
import { report } from '../../../lambda/capacity-report/report';
import type { Account } from './account';
import { SITUATIONS, type Told } from './situations';

async function reported(account: Account, queues: readonly string[]): Promise<Shortage[]> {
  const observation = await new Observer(account.clients).look({ queues, jobBudget: 1000 }, account.now());
  return report(observation, account.now());
}

function told({ kind, jobs, lacks, reasons, instances }: Shortage): Told {
  return {
    kind,
    jobs,
    lacks: lacks.map(
      ({ resource, requested, available, shortBy }) => `${resource} ${requested} − ${available} = ${shortBy}`,
    ),
    reasons: reasons.map(({ code, market }) => (market ? `${code} ${market}` : code)),
    instances: instances.map(({ count, pool }) => `${count} × ${pool}`),
  };
}

test.each(SITUATIONS)('$name', async ({ prepare, batchSays, told: expected }) => {
  const { account, jobId, queues } = await prepare();
  const { statusReason } = await account.job(jobId);
  const shortages = await reported(account, queues);
  expect(shortages.map(told)).toEqual(expected ? [expected] : []);
  if (batchSays === undefined) expect(statusReason).toBeUndefined();
  else expect(statusReason?.split(' - ')[0]).toBe(batchSays);
});

describe('once there are the instances that were said to be missing', () => {
  const remedied = SITUATIONS.filter(({ told: expected }) =>
    expected?.instances?.some((missing) => missing.endsWith('× pool')),
  );

  test.each(remedied)('$name: the job starts', async ({ prepare }) => {
    const { account, jobId, queues } = await prepare();
    const [shortage] = await reported(account, queues);
    account.aws.setFaults({});
    await account.scale('pool', shortage!.instances[0]!.count);
    // A group that already wants more than it has gets that, too; none of it is more than was missing.
    await account.advance(900);
    expect(['STARTING', 'RUNNING']).toContain((await account.job(jobId)).status);
    expect(await reported(account, queues)).toEqual([]);
  });

  test('environment maximum: the job starts', async () => {
    const { prepare } = SITUATIONS.find(({ name }) => name === 'environment maximum')!;
    const { account, jobId, queues } = await prepare();
    await account.setMaximum('env', 8);
    await account.advance(300);
    expect((await account.job(jobId)).status).toBe('RUNNING');
    expect(await reported(account, queues)).toEqual([]);
  });
});
