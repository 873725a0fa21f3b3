import { findDeployed, ledgerTables } from '../../cli/aws/deployed';
import { findNamed } from '../../cli/aws/named';
import { scriptedClient } from '../lambda/scripted-client';

/** A function whose variables are encrypted with a key that the caller may not use, as Lambda shows it. */
const SECRET = {
  FunctionName: 'Ledger',
  Environment: { Error: { ErrorCode: 'KMSAccessDeniedException', Message: 'denied' } },
};
const OPEN = {
  FunctionName: 'OtherLedger',
  Environment: {
    Variables: { CONFIG: JSON.stringify({ tableName: 'jobs', queueArns: [], subscribers: [], retentionSeconds: 1 }) },
  },
};

const deployed = (...Functions: object[]) => findDeployed(scriptedClient({ ListFunctions: () => ({ Functions }) }));

describe('where variables of functions cannot be read', () => {
  test('nobody is told that there is no ledger: a job could be retried twice', async () => {
    const found = await deployed(SECRET);
    expect(() => ledgerTables(found)).toThrow(
      'There is no job ledger to be seen here; --ledger TABLE names one. The variables of Ledger cannot be read: that takes ' +
        'kms:Decrypt of their key',
    );
    expect(ledgerTables(await deployed(SECRET, OPEN))).toEqual(['jobs']);
    expect(ledgerTables(await deployed())).toEqual([]);
  });

  test('it is said when a name is not found', async () => {
    const found = await deployed(SECRET);
    await expect(findNamed(scriptedClient({}), found, 'nightly')).rejects.toThrow(
      'there are none at all here. The variables of Ledger cannot be read',
    );
  });
});
