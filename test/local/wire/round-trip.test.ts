/**
 * What an SDK client sends arrives as it was sent, and what a service answers reaches the client as it was answered:
 * shown for every operation of every service by the SDK's own clients.
 */
import * as autoScaling from '@aws-sdk/client-auto-scaling';
import * as batch from '@aws-sdk/client-batch';
import * as cloudWatch from '@aws-sdk/client-cloudwatch';
import * as logs from '@aws-sdk/client-cloudwatch-logs';
import * as ec2 from '@aws-sdk/client-ec2';
import * as ecs from '@aws-sdk/client-ecs';
import * as eventBridge from '@aws-sdk/client-eventbridge';
import * as lambda from '@aws-sdk/client-lambda';
import * as scheduler from '@aws-sdk/client-scheduler';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import * as ssm from '@aws-sdk/client-ssm';
import * as sts from '@aws-sdk/client-sts';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { NormalizedSchema } from '@smithy/core/schema';
import { Random } from '../../../local/simulation/random';
import type { Operation, Protocol, Service } from '../../../local/wire/service';
import { routed } from './routed';
import { Values } from './values';

// What is carried here is any value of its type.
jest.mock('../../../local/wire/constraints.json', () => ({}));

interface Case {
  name: string;
  sdk: Record<string, unknown>;
  signingName: string;
  protocol: Protocol;
  /** Settings with which the client speaks another protocol than its own, or does not check what it got. */
  settings?: object;
}

const cases: Case[] = [
  { name: 'batch', sdk: batch, signingName: 'batch', protocol: 'restJson1' },
  { name: 'scheduler', sdk: scheduler, signingName: 'scheduler', protocol: 'restJson1' },
  { name: 'lambda', sdk: lambda, signingName: 'lambda', protocol: 'restJson1' },
  { name: 'sqs', sdk: sqs, signingName: 'sqs', protocol: 'json1.0', settings: { md5: false } },
  { name: 'cloudwatch', sdk: cloudWatch, signingName: 'monitoring', protocol: 'json1.0' },
  {
    name: 'cloudwatch in CBOR, as boto3 speaks to it',
    sdk: cloudWatch,
    signingName: 'monitoring',
    protocol: 'json1.0',
    settings: { protocol: SmithyRpcV2CborProtocol },
  },
  {
    name: 'cloudwatch by query, as older clients speak to it',
    sdk: cloudWatch,
    signingName: 'monitoring',
    protocol: 'json1.0',
    settings: { protocol: AwsQueryProtocol },
  },
  { name: 'ecs', sdk: ecs, signingName: 'ecs', protocol: 'json1.1' },
  { name: 'eventbridge', sdk: eventBridge, signingName: 'events', protocol: 'json1.1' },
  { name: 'logs', sdk: logs, signingName: 'logs', protocol: 'json1.1' },
  { name: 'ssm', sdk: ssm, signingName: 'ssm', protocol: 'json1.1' },
  { name: 'auto-scaling', sdk: autoScaling, signingName: 'autoscaling', protocol: 'query' },
  { name: 'sns', sdk: sns, signingName: 'sns', protocol: 'query' },
  { name: 'sts', sdk: sts, signingName: 'sts', protocol: 'query' },
  { name: 'ec2', sdk: ec2, signingName: 'ec2', protocol: 'ec2' },
];

/** EC2 has some 800 operations, all of one kind; the local AWS has these and a few more. */
const EC2_OPERATIONS =
  /^(RunInstances|TerminateInstances|CreateTags|Describe(Instances|InstanceTypes|LaunchTemplate.*|Subnets|Vpcs|SecurityGroups|Images|AvailabilityZones|Tags)|(Create|Modify|Delete)LaunchTemplate.*)$/;

const RUNS = 2;

type Input = Record<string, unknown>;
type Send = { send(command: unknown): Promise<Record<string, unknown>> };
type OperationSchema = [
  number,
  string,
  string,
  unknown,
  Parameters<typeof NormalizedSchema.of>[0],
  Parameters<typeof NormalizedSchema.of>[0],
];

function operationsOf({ sdk, signingName }: Case): OperationSchema[] {
  return (
    Object.values(sdk)
      .filter((value): value is OperationSchema => Array.isArray(value) && value[0] === 9)
      .filter(([, , name]) => signingName !== 'ec2' || EC2_OPERATIONS.test(name))
      // Unsigned calls would only be routed by their host, and in process there is none.
      .filter(([, , name]) => !/^AssumeRoleWith/.test(name))
      .filter(([, , , traits, input, output]) => {
        const streams = [input, output].some((schema) => JSON.stringify(memberTraits(schema)).includes('streaming'));
        return !streams && !(typeof traits === 'object' && 'endpoint' in (traits as object));
      })
  );
}

function memberTraits(schema: OperationSchema[4]): unknown {
  const normalized = NormalizedSchema.of(schema);
  return normalized.isStructSchema()
    ? [...normalized.structIterator()].map(([, member]) => ({ ...member.getMergedTraits() }))
    : {};
}

describe.each(cases)('$name', (service) => {
  const operations = operationsOf(service);
  const Client = Object.entries(service.sdk).find(([name]) => /^[A-Z]\w+Client$/.test(name))![1] as new (
    settings: object,
  ) => Send;

  test('every operation', async () => {
    expect(operations.length).toBeGreaterThan(8);
    const values = new Values(new Random(1));
    let received: unknown;
    let answered: object | undefined;
    const echo: Operation = (input) => {
      received = input;
      return answered;
    };
    const api: Service = {
      ...service,
      operations: Object.fromEntries(operations.map(([, , name]) => [name, echo])),
    };
    const client = new Client({ ...routed([api]).settings, ...service.settings });
    for (const [, , name, , input, output] of operations) {
      const Command = service.sdk[`${name}Command`] as new (input: unknown) => unknown;
      const hasOutput = NormalizedSchema.of(output).isStructSchema();
      for (let run = 0; run < RUNS; run++) {
        const sent = NormalizedSchema.of(input).isStructSchema()
          ? (values.of(NormalizedSchema.of(input)) as Input)
          : {};
        // It would choose the host, and has to be the name of one.
        delete sent.EndpointId;
        answered = hasOutput ? (values.of(NormalizedSchema.of(output)) as object) : undefined;
        const { $metadata, ...got } = await client.send(new Command(sent));
        expect($metadata).toMatchObject({ attempts: 1 });
        expect({ name, received: plain(received) }).toEqual({ name, received: plain(sent) });
        expect({ name, got: plain(got) }).toEqual({ name, got: plain(answered ?? {}) });
      }
    }
  });
});

/** Without differences that mean nothing: kinds of byte arrays, and members that are not there. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (Object.prototype.toString.call(value) === '[object Date]') return { date: (value as Date).getTime() };
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, item]) => (item === undefined || item === null ? [] : [[key, plain(item)]])),
    );
  }
  return value;
}
