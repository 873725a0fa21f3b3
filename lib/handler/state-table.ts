import { RemovalPolicy } from 'aws-cdk-lib';
import * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import type { Construct } from 'constructs';
import { encryptionKeyOf } from '../encryption/encryption';
import { tablePolicy } from '../permissions/table-policy';

/** Makes the table in which a controller keeps what it remembers from run to run, which goes with the controller. */
export function createStateTable(scope: Construct, partitionKey: string): dynamodb.Table {
  const encryptionKey = encryptionKeyOf(scope);
  return new dynamodb.Table(scope, 'State', {
    partitionKey: { name: partitionKey, type: dynamodb.AttributeType.STRING },
    billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    ...(encryptionKey && { encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED, encryptionKey }),
    resourcePolicy: tablePolicy(),
    // What it holds can be observed again.
    removalPolicy: RemovalPolicy.DESTROY,
  });
}
