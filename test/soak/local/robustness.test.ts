/** Whatever a client sends, each operation answers or refuses it; none breaks. */
import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as batch from '@aws-sdk/client-batch';
import * as cloudWatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as ec2 from '@aws-sdk/client-ec2';
import * as ecs from '@aws-sdk/client-ecs';
import * as eventBridge from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { NormalizedSchema } from '@smithy/core/schema';
import { createLocalAws } from '../../../local/local-aws';
import { Random } from '../../../local/simulation/random';
import { Values } from '../../local/wire/values';

const ROUNDS = 30;
const sdks = {
  autoScaling,
  batch,
  cloudWatch,
  logs,
  dynamodb,
  ec2,
  ecs,
  eventBridge,
  lambda,
  scheduler,
  sns,
  sqs,
  ssm,
  sts,
};

/** Few, so that what one call makes another call finds; and some that mean something to many operations. */
const TEXTS = ['a', 'a', 'a', 'b', '', ' ', 'ENABLED', 'ACTIVE', 'rate(1 minute)', '{"source":["a"]}', '{}', '[1]', 'String', '1', '-1', 'm5.large', '10.0.0.0/16', 'us-east-1a', 'arn:aws:sqs:us-east-1:123456789012:a', 'arn:aws:lambda:us-east-1:123456789012:function:a', 'arn:aws:iam::123456789012:role/a', '%', 'x'.repeat(300)]; // prettier-ignore
const NUMBERS = [-1, 0, 1, 1, 2, 3, 60, 1000, 86_401];

interface SdkClient {
  send(command: unknown): Promise<unknown>;
}
type OperationSchema = [kind: number, space: string, name: string, traits: unknown, input: never];

/** Not sent: what would be a stream, and what the SDK itself refuses to sign. */
const NOT_SENT = /^(AssumeRoleWith\w+|StartLiveTail|\w+Stream)$/;

test.each(Object.entries(sdks))('%s', async (_, sdk) => {
  const exported: Record<string, unknown> = { ...sdk };
  const aws = createLocalAws();
  const operations = Object.values(exported)
    .filter((value): value is OperationSchema => Array.isArray(value) && value[0] === 9)
    .filter(([, , name]) => !NOT_SENT.test(name))
    // Most of EC2's 800 are not there, and reading their schemas takes its time.
    .filter(([, , name]) => sdk !== ec2 || name in aws.services.ec2.api.operations);
  const [, Client] = Object.entries(exported).find(([name]) => /^[A-Z]\w+Client$/.test(name))!;
  const client = aws.client(Client as new (settings: never) => SdkClient);
  const random = new Random(1);
  const anything = new Values(random);
  const plausible = new Values(random, { texts: TEXTS, numbers: NUMBERS });
  const missing = new Set<string>();

  const attempt = async ([, , name, , schema]: OperationSchema, values: Values): Promise<void> => {
    const shape = NormalizedSchema.of(schema);
    const input = (shape.isStructSchema() ? values.of(shape) : {}) as Record<string, unknown>;
    // It would choose the host, and has to be the name of one.
    delete input.EndpointId;
    const Command = exported[`${name}Command`] as new (input: unknown) => unknown;
    try {
      await client.send(new Command(input));
    } catch (error) {
      const refusal = error as { name: string; $fault?: string; message: string };
      if (refusal.name === 'NotImplemented') missing.add(name);
      // Only what came over the wire says whose fault it is.
      else if (refusal.$fault !== 'client') throw new Error(`${name}(${JSON.stringify(input)})`, { cause: error });
    }
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const operation of operations) {
      if (missing.has(operation[2])) continue;
      await attempt(operation, round % 3 === 0 ? anything : plausible);
    }
    await aws.virtualClock!.advance(60_000);
  }
  const outcomes = aws.calls.counts();
  expect(Object.values(outcomes)).toHaveLength(1);
  expect(operations.length - missing.size).toBeGreaterThanOrEqual(3);
});
