import * as iam from 'aws-cdk-lib/aws-iam';
import type { LedgerIndex } from './config';
import type { IJobLedger } from './ledger';
import { allowTableKey } from '../encryption/key-rights';

type TableAction = 'BatchGetItem' | 'DeleteItem' | 'GetItem' | 'PutItem' | 'UpdateItem';

/** Allows a handler's role what it does with the ledger's items, and to query some of the table's indexes. */
export function allowLedger(
  role: iam.Role,
  { tableArn, encryptionKey }: Pick<IJobLedger, 'tableArn' | 'encryptionKey'>,
  actions: readonly `dynamodb:${TableAction}`[],
  indexes: readonly LedgerIndex[],
): void {
  role.addToPolicy(new iam.PolicyStatement({ actions: [...actions], resources: [tableArn] }));
  if (indexes.length > 0) {
    const resources = indexes.map(({ name }) => `${tableArn}/index/${name}`);
    role.addToPolicy(new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources }));
  }
  allowTableKey(role, encryptionKey);
}
