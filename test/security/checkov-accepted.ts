/** What checkov finds and is meant to be so. What is not here fails; so does what is here and found no more. */
export interface Accepted {
  readonly checks: readonly string[];
  /** Of the resources: `stack/logical id`. */
  readonly resources: RegExp;
  readonly reason: string;
}

const ALL = /./;

export const ACCEPTED: readonly Accepted[] = [
  {
    checks: ['CKV_AWS_115'],
    resources: ALL,
    reason:
      'Reserved concurrency cannot be had in small accounts; runs exclude each other by a lease or by SQS’s own limit',
  },
  {
    checks: ['CKV_AWS_116'],
    resources: ALL,
    reason:
      'The functions’ dead letters go by destinations and redrive policies, with an alarm; the check knows DeadLetterConfig',
  },
  {
    checks: ['CKV_AWS_117'],
    resources: ALL,
    reason: 'The functions call AWS’s APIs only; a network would need a way out for the same calls, and add nothing',
  },
  {
    checks: ['CKV_AWS_173'],
    resources: ALL,
    reason: 'No secret is in a variable, which templates.test.ts holds; Lambda encrypts them with its own key',
  },
  {
    checks: ['CKV_AWS_119', 'CKV_AWS_158', 'CKV_AWS_26'],
    resources: ALL,
    reason:
      'Encrypted with AWS’s keys unless whoever deploys gives an encryptionKey: a key costs by the month and by the call',
  },
  {
    checks: ['CKV_AWS_27'],
    resources: ALL,
    reason: 'Encrypted by SQS itself (SqsManagedSseEnabled), which the check does not know; templates.test.ts holds it',
  },
  {
    checks: ['CKV_AWS_53', 'CKV_AWS_54', 'CKV_AWS_55', 'CKV_AWS_56'],
    resources: /\/Data\w+$/,
    reason: 'S3 itself blocks public access to new buckets since April 2023',
  },
  {
    checks: ['CKV_AWS_18', 'CKV_AWS_21'],
    resources: /\/(Data|PipelineArtifactsBucket)\w+$/,
    reason: 'Where access logs go, and how long old versions are paid for, is the account’s decision',
  },
  {
    checks: ['CKV_AWS_33'],
    resources: /^(CustomerKey|UnmanagedGpu)\/Key/,
    reason:
      'The wildcard is held to the account by kms:CallerAccount and to EC2 by kms:ViaService: lib/encryption/key-policy.ts',
  },
  {
    checks: ['CKV_AWS_111'],
    resources: /^BatchPipeline\/PipelineAssets/,
    reason: 'What aws-cdk-lib’s pipelines give their own projects',
  },
  {
    checks: ['CKV_AWS_118', 'CKV_AWS_149'],
    resources: /^SecretsAndDatabase\/Database/,
    reason:
      'How a database is watched, and which key its password has, is the affair of who brings it; the example is about jobs',
  },
];
