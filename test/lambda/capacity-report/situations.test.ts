import { Observer } from '../../../lambda/capacity-report/observe/observe';
import type { Shortage } from '../../../lambda/capacity-report/model';
import { report } from '../../../lambda/capacity-report/report';
import type { Account } from './account';
import { SITUATIONS, type Told } from './situations';

jest.setTimeout(30_000);

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
