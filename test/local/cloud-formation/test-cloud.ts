/** A small cloud to deploy to: real EC2, SQS and Lambda of the local AWS behind the real router. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssetStore } from '../../../local/cloud-formation/assets';
import type { DeployOptions } from '../../../local/cloud-formation/cloud-formation';
import { CloudFormation } from '../../../local/cloud-formation/cloud-formation';
import { CustomResourceResponses } from '../../../local/cloud-formation/custom-resource-responses';
import type { Template } from '../../../local/cloud-formation/template';
import { Ec2Service } from '../../../local/ec2/ec2-service';
import { FileSystems } from '../../../local/efs/file-systems';
import { LambdaService } from '../../../local/lambda/lambda-service';
import type { CodeLoader } from '../../../local/lambda/runtime';
import type { ClientTransport } from '../../../local/ports';
import { DEFAULT_SETTINGS } from '../../../local/settings';
import { Activities } from '../../../local/simulation/activities';
import { Random } from '../../../local/simulation/random';
import { VirtualClock } from '../../../local/simulation/virtual-clock';
import { SqsService } from '../../../local/sqs/sqs-service';
import { CallLog } from '../../../local/wire/call-log';
import { clientSettings, InProcessRequestHandler } from '../../../local/wire/in-process';
import { Router } from '../../../local/wire/router';
import { ServiceError } from '../../../local/wire/service';
import type { World } from '../../../local/world';

const START = Date.UTC(2026, 0, 1);
const ACCOUNT = '123456789012';
const REGION = 'us-east-1';

export interface TestCloud {
  readonly cloudFormation: CloudFormation;
  readonly clock: VirtualClock;
  /** Calls that succeeded, `service:Operation`, those that only read left out. */
  changes(): string[];
  /** Has this operation fail from now on. */
  refuse(operation: string): void;
  /** Deploys stacks, by name, and runs the clock until it is done. */
  deploy(
    stacks: Record<string, Template>,
    options?: DeployOptions & { environment?: string },
  ): ReturnType<CloudFormation['deploy']>;
  destroy(names?: string[]): Promise<void>;
  queueNames(): Promise<string[]>;
  settings: object;
}

/** @param load what the functions' code is, instead of files */
export function testCloud(load?: CodeLoader): TestCloud {
  const activities = new Activities();
  const clock = new VirtualClock(START, activities);
  const world: World = {
    clock,
    random: new Random(1),
    settings: DEFAULT_SETTINGS,
    accountId: ACCOUNT,
    region: REGION,
    events: { publish: () => {} },
  };
  const log = new CallLog();
  log.keepRecords();
  const refused = new Set<string>();
  const router = new Router(
    world,
    activities,
    {
      fate: (service, operation) => (refused.has(`${service}:${operation}`) ? { outcome: 'fail' } : {}),
      mayBeStale: () => false,
      error: () => new ServiceError('Refused', 'refused by the test'),
    },
    log,
  );
  const transport: ClientTransport = {
    clientSettingsFor: (caller, activity) =>
      clientSettings(REGION, new InProcessRequestHandler(router, caller, activity)),
  };
  const assets = new AssetStore(world);
  const responses = new CustomResourceResponses();
  const metrics = { record: () => {}, gauges: () => () => {} };
  const sqs = new SqsService(world, metrics);
  const ec2 = new Ec2Service(world, {
    failure: () => undefined,
    neverRegister: () => false,
    snapshotFails: () => false,
  });
  const lambda = new LambdaService(world, {
    activities,
    transport,
    logs: { write: () => {} },
    responses,
    code: assets,
    metrics,
    queues: sqs,
    topics: { publish: () => {} },
    load,
  });
  [sqs, ec2, lambda].forEach(({ api }) => router.add(api));
  const cloudFormation = new CloudFormation(world, activities, transport, assets, responses, ec2, new FileSystems());
  const finish = async <T>(operation: Promise<T>): Promise<T> => {
    let settled = false;
    const done = operation.finally(() => (settled = true));
    done.catch(() => {});
    await clock.runUntilHolds(() => settled, clock.now() + 86_400_000);
    return done;
  };
  return {
    cloudFormation,
    clock,
    settings: clientSettings(REGION, new InProcessRequestHandler(router, { principalArn: 'test' })),
    changes: () =>
      log
        .records()
        .filter(({ operation, outcome }) => outcome === 'ok' && !/^(Describe|Get|List)/.test(operation))
        .map(({ service, operation }) => `${service}:${operation}`),
    refuse: (operation) => void refused.add(operation),
    deploy: (stacks, { environment, ...options } = {}) => {
      const { directory, remove } = writeAssembly(stacks, environment);
      return finish(cloudFormation.deploy(directory, options)).finally(remove);
    },
    destroy: (names) => finish(cloudFormation.destroy(names)),
    queueNames: async () => {
      const { QueueUrls = [] } = (await router.call({ principalArn: 'test' }, 'sqs', 'ListQueues', {})) as {
        QueueUrls?: string[];
      };
      return QueueUrls.map((url) => url.split('/').at(-1)!);
    },
  };
}

/** Writes a cloud assembly as the CDK does, every stack depending on the one before it. */
export function writeAssembly(
  stacks: Record<string, Template>,
  environment = 'aws://unknown-account/unknown-region',
): { directory: string; remove(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'assembly-'));
  const code = join(directory, 'asset.code');
  mkdirSync(code);
  const artifacts: Record<string, object> = {};
  let former: string | undefined;
  for (const [name, template] of Object.entries(stacks)) {
    writeFileSync(join(directory, `${name}.template.json`), JSON.stringify(template));
    writeFileSync(join(directory, `${name}.assets.json`), JSON.stringify(ASSETS));
    artifacts[`${name}.assets`] = { type: 'cdk:asset-manifest', properties: { file: `${name}.assets.json` } };
    artifacts[name] = {
      type: 'aws:cloudformation:stack',
      environment,
      properties: { templateFile: `${name}.template.json`, stackName: name },
      dependencies: [`${name}.assets`, ...(former === undefined ? [] : [former])],
    };
    former = name;
  }
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ version: '36.0.0', artifacts }));
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
}

const ASSETS = {
  version: '36.0.0',
  files: {
    code: {
      source: { path: 'asset.code', packaging: 'zip' },
      destinations: {
        here: { bucketName: 'assets-${AWS::AccountId}-${AWS::Region}', objectKey: 'code.zip' },
      },
    },
  },
  dockerImages: {},
};

/** Properties of a function whose code is the assembly's asset. */
export const FUNCTION_CODE = {
  Code: { S3Bucket: { 'Fn::Sub': 'assets-${AWS::AccountId}-${AWS::Region}' }, S3Key: 'code.zip' },
  Handler: 'index.handler',
  Runtime: 'nodejs22.x',
};
