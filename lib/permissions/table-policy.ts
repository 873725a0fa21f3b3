import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';

/**
 * The policy of a table that keeps everybody from using it without TLS, and allows nothing: endpoints of DynamoDB speak
 * plain HTTP, too.
 *
 * @see https://docs.aws.amazon.com/general/latest/gr/ddb.html
 */
export function tablePolicy(): PolicyDocument {
  return new PolicyDocument({
    statements: [
      new PolicyStatement({
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ['dynamodb:*'],
        // The table itself, which cannot name itself while it is made.
        resources: ['*'],
        conditions: { Bool: { 'aws:SecureTransport': 'false' } },
      }),
    ],
  });
}
