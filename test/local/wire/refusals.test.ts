import { AutoScalingClient, TerminateInstanceInAutoScalingGroupCommand } from '@aws-sdk/client-auto-scaling';
import * as autoScaling from '@aws-sdk/client-auto-scaling';
import {
  BatchClient,
  DescribeJobQueuesCommand,
  DescribeJobsCommand,
  ListJobsCommand,
  SubmitJobCommand,
} from '@aws-sdk/client-batch';
import * as batch from '@aws-sdk/client-batch';
import * as ec2 from '@aws-sdk/client-ec2';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import * as sqs from '@aws-sdk/client-sqs';
import type { WireRequest } from '../../../local/wire/message';
import { refusalOf } from '../../../local/wire/refusals';
import { ServiceError } from '../../../local/wire/service';
import type { Service } from '../../../local/wire/service';
import { CALLER, routed } from './routed';

const SCOPE = (service: string): string => `AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/${service}/aws4_request`;

const batchApi: Service = {
  signingName: 'batch',
  protocol: 'restJson1',
  sdk: batch,
  operations: {
    SubmitJob: ({ jobName }: batch.SubmitJobRequest) => ({ jobName, jobId: 'id' }),
    DescribeJobs: () => ({ jobs: [{ jobId: 1 }], more: true }),
  },
};
const ec2Api: Service = { signingName: 'ec2', protocol: 'ec2', sdk: ec2, operations: {} };

function request(service: string, parts: Partial<WireRequest> & { text?: string }): WireRequest {
  const { text = '', headers, ...rest } = parts;
  return {
    method: 'POST',
    path: '/',
    query: {},
    hostname: '127.0.0.1',
    body: Buffer.from(text),
    headers: { authorization: SCOPE(service), ...headers },
    ...rest,
  };
}

async function answerTo(
  services: Service[],
  sent: WireRequest,
): Promise<{ status: number; text: string; type?: string }> {
  const { statusCode, body, headers } = await routed(services).router.answer(sent, CALLER);
  return { status: statusCode, text: Buffer.from(body).toString(), type: headers['x-amzn-errortype'] };
}

describe('a request that is not what its model says', () => {
  const client = new BatchClient(routed([batchApi]).settings);
  const submit = (input: object): Promise<unknown> => client.send(new SubmitJobCommand(input as never));

  test('missing required members are all named, under the name of the service', async () => {
    await expect(submit({ jobName: 'a' })).rejects.toMatchObject({
      name: 'ClientException',
      message:
        "2 validation errors detected: Value null at 'jobQueue' failed to satisfy constraint: Member must not be null; " +
        "Value null at 'jobDefinition' failed to satisfy constraint: Member must not be null",
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('a wrong type, however deep, is refused before anything else', async () => {
    await expect(
      submit({ containerOverrides: { resourceRequirements: [{ type: 'VCPU', value: 1 }] } }),
    ).rejects.toMatchObject({
      name: 'SerializationException',
      message:
        "NUMBER_VALUE can not be converted to a String at 'containerOverrides.resourceRequirements.1.member.value'",
    });
    await expect(submit({ parameters: 'a' })).rejects.toThrow(
      "STRING_VALUE can not be converted to a Map at 'parameters'",
    );
    await expect(submit({ dependsOn: { jobId: 'a' } })).rejects.toThrow('START_OBJECT can not be converted to a List');
    await expect(submit({ retryStrategy: 'a' })).rejects.toThrow(
      'STRING_VALUE can not be converted to a RetryStrategy',
    );
  });

  test('a member that the model does not know is refused', async () => {
    const text = JSON.stringify({ jobName: 'a', jobQueue: 'q', jobDefinition: 'd', timeout: { seconds: 60 } });
    const answer = await answerTo([batchApi], request('batch', { path: '/v1/submitjob', text }));
    expect(answer).toMatchObject({ status: 400, type: 'SerializationException' });
    expect(answer.text).toContain('The parameter timeout.seconds is not recognized');
  });

  test('a body that is no JSON is refused', async () => {
    const answer = await answerTo([batchApi], request('batch', { path: '/v1/submitjob', text: '{"jobName"' }));
    expect(answer).toMatchObject({ status: 400, type: 'SerializationException' });
  });

  test('a page of no items is refused', async () => {
    await expect(client.send(new DescribeJobQueuesCommand({ maxResults: 0 }))).rejects.toMatchObject({
      name: 'ClientException',
      message: expect.stringContaining("Value '0' at 'maxResults' failed to satisfy constraint"),
    });
  });

  test.each([
    ['scheduler', 'CreateSchedule', 'ValidationException'],
    ['lambda', 'CreateFunction', 'ValidationException'],
    ['logs', 'CreateLogGroup', 'InvalidParameterException'],
    ['ecs', 'CreateCluster', 'InvalidParameterException'],
    ['autoscaling', 'CreateAutoScalingGroup', 'ValidationError'],
    ['monitoring', 'PutMetricData', 'InvalidParameterValue'],
    ['monitoring', 'PutMetricAlarm', 'ValidationError'],
  ])('%s:%s refuses a value that is not allowed with %s, in the same words', (service, operation, code) => {
    const rule = { kind: 'rule', text: 'Member must have length less than or equal to 1' } as const;
    const violations = [
      { ...rule, path: 'KMSKeyArn', value: 'ab' },
      { ...rule, path: 'Entries.1.member.Ids', value: ['a', 'b'] },
      { ...rule, path: 'Environment.Variables', value: { secret: 'value' } },
    ];
    expect(refusalOf(service, operation, violations)).toMatchObject({
      code,
      message:
        `3 validation errors detected: Value 'ab' at 'kMSKeyArn' failed to satisfy constraint: ${rule.text}; ` +
        `Value '[a, b]' at 'entries.1.member.ids' failed to satisfy constraint: ${rule.text}; ` +
        `Value at 'environment.variables' failed to satisfy constraint: ${rule.text}`,
    });
  });

  test('EC2 names what it does not know, and what it misses, as EC2 does', async () => {
    const unknown = await answerTo(
      [ec2Api],
      request('ec2', { text: 'Action=DescribeInstances&Version=2016-11-15&Foo=1' }),
    );
    expect(unknown).toMatchObject({ status: 400 });
    expect(unknown.text).toContain(
      '<Code>UnknownParameter</Code><Message>The parameter Foo is not recognized</Message>',
    );
    const missing = await answerTo([ec2Api], request('ec2', { text: 'Action=TerminateInstances' }));
    expect(missing.text).toContain(
      '<Code>MissingParameter</Code><Message>The request must contain the parameter InstanceIds</Message>',
    );
    const type = await answerTo([ec2Api], request('ec2', { text: 'Action=DescribeInstances&MaxResults=many' }));
    expect(type.text).toContain('<Code>InvalidParameterValue</Code>');
  });
});

describe('a request that leads nowhere', () => {
  test('an operation that AWS has and the local AWS has not is told apart from one that nobody has', async () => {
    const client = new BatchClient(routed([batchApi]).settings);
    await expect(client.send(new ListJobsCommand({}))).rejects.toMatchObject({
      name: 'NotImplemented',
      message: 'The local AWS has no batch:ListJobs',
      $metadata: { httpStatusCode: 501 },
    });
    const answer = await answerTo([batchApi], request('batch', { path: '/v1/nothing' }));
    expect(answer).toMatchObject({ status: 404, type: 'UnknownOperationException' });
    const query = await answerTo([ec2Api], request('ec2', { text: 'Action=Nothing' }));
    expect(query.text).toContain('<Code>InvalidAction</Code>');
  });

  test('an unsigned request is routed by its host, or refused', async () => {
    const unsigned = (hostname: string): WireRequest => ({
      ...request('', { text: 'Action=Nothing', hostname }),
      headers: {},
    });
    expect((await answerTo([ec2Api], unsigned('ec2.us-east-1.amazonaws.com'))).text).toContain('InvalidAction');
    expect(await answerTo([ec2Api], unsigned('127.0.0.1'))).toMatchObject({
      status: 400,
      type: 'MissingAuthenticationTokenException',
    });
    expect(await answerTo([ec2Api], request('glacier', {}))).toMatchObject({ type: 'UnknownOperationException' });
  });
});

test('an answer that its model does not allow is a bug of ours, and thrown', async () => {
  const client = new BatchClient(routed([batchApi]).settings);
  await expect(client.send(new DescribeJobsCommand({ jobs: ['a'] }))).rejects.toThrow(
    /batch:DescribeJobs answered what its model does not allow: .*jobs.1.member.jobId.*more/,
  );
});

describe("a service's own refusal", () => {
  test('reaches the client under its name, with its status and details', async () => {
    const api: Service = {
      ...batchApi,
      operations: {
        SubmitJob: () => {
          throw new ServiceError('ServerException', 'on fire');
        },
      },
    };
    const client = new BatchClient(routed([api]).settings);
    await expect(
      client.send(new SubmitJobCommand({ jobName: 'a', jobQueue: 'q', jobDefinition: 'd' })),
    ).rejects.toMatchObject({ name: 'ServerException', message: 'on fire', $metadata: { httpStatusCode: 500 } });
  });

  test('query services send the code that their errors have there', async () => {
    const api: Service = {
      signingName: 'autoscaling',
      protocol: 'query',
      sdk: autoScaling,
      operations: {
        TerminateInstanceInAutoScalingGroup: () => {
          throw new ServiceError('ScalingActivityInProgressFault', 'wait <a moment> & see');
        },
      },
    };
    const { settings, router } = routed([api]);
    const call = new TerminateInstanceInAutoScalingGroupCommand({
      InstanceId: 'i-1',
      ShouldDecrementDesiredCapacity: true,
    });
    await expect(new AutoScalingClient(settings).send(call)).rejects.toMatchObject({
      name: 'ScalingActivityInProgressFault',
      message: 'wait <a moment> & see',
    });
    const text = 'Action=TerminateInstanceInAutoScalingGroup&InstanceId=i-1&ShouldDecrementDesiredCapacity=true';
    const answer = await router.answer(request('autoscaling', { text }), CALLER);
    expect(Buffer.from(answer.body).toString()).toContain('<Code>ScalingActivityInProgress</Code>');
  });

  test('services that left the query protocol send both names', async () => {
    const api: Service = {
      signingName: 'sqs',
      protocol: 'json1.0',
      sdk: sqs,
      operations: {
        SendMessage: () => {
          throw new ServiceError('QueueDoesNotExist', 'no such queue');
        },
        CreateQueue: () => ({ QueueUrl: 'url' }),
      },
    };
    const { settings, router } = routed([api]);
    const client = new SQSClient(settings);
    await expect(client.send(new SendMessageCommand({ QueueUrl: 'q', MessageBody: 'b' }))).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
    const headers = {
      authorization: SCOPE('sqs'),
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.SendMessage',
    };
    const answer = await router.answer(request('sqs', { headers, text: '{"QueueUrl":"q","MessageBody":"b"}' }), CALLER);
    expect(answer.headers['x-amzn-query-error']).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender');
    await expect(client.send(new CreateQueueCommand({} as never))).rejects.toMatchObject({ name: 'MissingParameter' });
  });
});
