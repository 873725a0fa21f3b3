import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  RegisterJobDefinitionCommand,
} from '@aws-sdk/client-batch';
import { createLocalAws } from '../../local/local-aws';
import type { LocalAws } from '../../local/local-aws';

const HOUR = 3_600_000;

/** Each minute it looks at the queue and submits up to three jobs; retries what fails, once. */
const HANDLER = `
const { BatchClient, ListJobsCommand, SubmitJobCommand } = require(${JSON.stringify(require.resolve('@aws-sdk/client-batch'))});
exports.createHandler = ({ clients, clock, random, log }) => {
  const batch = new BatchClient(clients);
  const patiently = async (command) => {
    try { return await batch.send(command); } catch (error) { await clock.sleep(1000); return await batch.send(command); }
  };
  return async () => {
    const { jobSummaryList } = await patiently(new ListJobsCommand({ jobQueue: 'queue' }));
    const count = Math.floor(random() * 4);
    for (let i = 0; i < count; i++) {
      const local = JSON.stringify({ attempts: [{ runSeconds: Math.ceil(random() * 900) }] });
      const containerOverrides = { environment: [{ name: 'LOCAL_JOB', value: local }] };
      await patiently(new SubmitJobCommand({ jobName: 'job', jobQueue: 'queue', jobDefinition: 'job', containerOverrides }));
    }
    log(JSON.stringify({ running: jobSummaryList.length, count }));
  };
};
`;

const TEMPLATE = {
  Resources: {
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        FunctionName: 'submitter',
        Code: { S3Bucket: 'assets', S3Key: 'code.zip' },
        Handler: 'index.handler',
        Runtime: 'nodejs22.x',
        Timeout: 60,
        Role: 'arn:aws:iam::123456789012:role/submitter',
      },
    },
    Tick: {
      Type: 'AWS::Events::Rule',
      Properties: {
        ScheduleExpression: 'rate(1 minute)',
        Targets: [{ Id: 'submitter', Arn: { 'Fn::GetAtt': ['Function', 'Arn'] } }],
      },
    },
  },
};

let assembly: string;

beforeAll(() => {
  assembly = mkdtempSync(join(tmpdir(), 'assembly-'));
  mkdirSync(join(assembly, 'code'));
  writeFileSync(join(assembly, 'code', 'index.js'), HANDLER);
  writeFileSync(join(assembly, 'App.template.json'), JSON.stringify(TEMPLATE));
  const destinations = { here: { bucketName: 'assets', objectKey: 'code.zip' } };
  const files = { code: { source: { path: 'code', packaging: 'zip' }, destinations } };
  writeFileSync(join(assembly, 'App.assets.json'), JSON.stringify({ version: '36.0.0', files, dockerImages: {} }));
  const artifacts = {
    'App.assets': { type: 'cdk:asset-manifest', properties: { file: 'App.assets.json' } },
    App: {
      type: 'aws:cloudformation:stack',
      environment: 'aws://unknown-account/unknown-region',
      properties: { templateFile: 'App.template.json', stackName: 'App' },
      dependencies: ['App.assets'],
    },
  };
  writeFileSync(join(assembly, 'manifest.json'), JSON.stringify({ version: '36.0.0', artifacts }));
});

afterAll(() => rmSync(assembly, { recursive: true }));

async function prepare(aws: LocalAws): Promise<void> {
  const batch = aws.client(BatchClient);
  const computeResources = {
    type: 'SPOT' as const,
    allocationStrategy: 'SPOT_CAPACITY_OPTIMIZED' as const,
    instanceTypes: ['m5.xlarge', 'c5.2xlarge'],
    minvCpus: 0,
    maxvCpus: 64,
    subnets: ['subnet-1'],
    securityGroupIds: ['sg-1'],
    instanceRole: 'instances',
  };
  await batch.send(
    new CreateComputeEnvironmentCommand({ computeEnvironmentName: 'environment', type: 'MANAGED', computeResources }),
  );
  await aws.virtualClock!.advance(60_000);
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'environment' }];
  await batch.send(new CreateJobQueueCommand({ jobQueueName: 'queue', priority: 1, computeEnvironmentOrder }));
  const resourceRequirements = [
    { type: 'VCPU' as const, value: '2' },
    { type: 'MEMORY' as const, value: '2048' },
  ];
  const containerProperties = { image: 'image', resourceRequirements };
  await batch.send(
    new RegisterJobDefinitionCommand({ jobDefinitionName: 'job', type: 'container', containerProperties }),
  );
  await aws.virtualClock!.advance(60_000);
}

/** Everything that can be seen of an hour under faults. */
async function history(seed: number): Promise<string> {
  const lines: string[] = [];
  const aws = createLocalAws({ seed });
  aws.calls.keepRecords();
  aws.services.logs.onLine(({ timestamp, message }) => void lines.push(`${timestamp} ${message}`));
  await prepare(aws);
  aws.setFaults({
    seed,
    throttle: { 'batch:SubmitJob': 0.2 },
    fail: { 'batch:ListJobs': 0.1 },
    loseAnswer: { 'batch:SubmitJob': 0.1 },
    yield: { '*': 0.3 },
    delay: { 'batch:*': { probability: 0.1, seconds: 3 } },
    events: { lose: 0.1, double: 0.2, delaySeconds: 90 },
    crash: [['submitter', 20]],
  });
  await aws.deploy(assembly);
  await aws.virtualClock!.advance(HOUR);
  return [JSON.stringify(aws.state()), ...aws.calls.records().map((call) => JSON.stringify(call)), ...lines].join('\n');
}

test('the same seed gives the same history, byte for byte', async () => {
  const first = await history(1);
  expect(first.match(/"SubmitJob"/g)!.length).toBeGreaterThan(50);
  expect(first).toMatch(/"outcome":"crash"/);
  expect(await history(1)).toBe(first);
  expect(await history(2)).not.toBe(first);
});

test('something that takes too long is given up', async () => {
  const aws = createLocalAws();
  await expect(aws.finish(new Promise(() => {}))).rejects.toThrow('It has not ended within a virtual day');
});
