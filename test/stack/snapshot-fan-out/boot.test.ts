/** The local AWS makes the calls of the script that mounts volumes: both boot here, from one deployed launch template. */
import { DescribeLaunchTemplateVersionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { shellScripts } from '../../../local/ecs/agent-config';
import type { CallRecord } from '../../../local/wire/call-log';
import { BootingInstance, type BootOptions } from '../../lib/storage/booting';
import { FanOutEnvironment } from './environment';

type Call = readonly [service: string, operation: string, input: unknown];

/** What the bash stubs answer with. */
const IDS = { instance: 'i-1', zone: 'us-east-1b', volume: 'vol-1' };

const booted: BootingInstance[] = [];
afterEach(() => booted.splice(0).forEach((instance) => instance.dispose()));

/** Runs the workers' user data by bash. */
async function bashBoots({ aws }: FanOutEnvironment, options: BootOptions): Promise<BootingInstance> {
  const { LaunchTemplateVersions = [] } = await aws
    .client(EC2Client)
    .send(new DescribeLaunchTemplateVersionsCommand({ Versions: ['$Latest'] }));
  const [script] = LaunchTemplateVersions.flatMap(({ LaunchTemplateData }) =>
    shellScripts(Buffer.from(LaunchTemplateData?.UserData ?? '', 'base64').toString()),
  ).filter((text) => /^mount_snapshot /m.test(text));
  const instance = new BootingInstance(options);
  booted.push(instance);
  // Below the directory, so that mkdir makes nothing elsewhere.
  return instance.boot([script!.replace(/ \/data\b/g, ` ${instance.root}/data`)]);
}

/** The calls of API operations that commands of the AWS CLI make. */
function callOf(command: string): Call {
  const [, service = '', operation = '', ...words] = command.split(' ');
  const input: Record<string, unknown> = {};
  for (let at = 0; at < words.length; at += 2) {
    const name = pascal(words[at]!.replace(/^--/, ''));
    if (!['Query', 'Output'].includes(name)) input[name] = valueOf(words[at + 1]!);
  }
  return [service, pascal(operation), input];
}

const pascal = (kebab: string): string => kebab.replace(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Reads the CLI's shorthand, as far as the script has it. */
function valueOf(text: string): unknown {
  const [, ResourceType, Key, Value] = /^ResourceType=(\w+),Tags=\[\{Key=([^,]+),Value=([^}]+)\}\]$/.exec(text) ?? [];
  return ResourceType === undefined ? text : [{ ResourceType, Tags: [{ Key, Value }] }];
}

interface Heard {
  readonly calls: Call[];
  /** Milliseconds since the epoch. */
  readonly times: number[];
}

/** What instances call while they mount. */
function listen({ aws }: FanOutEnvironment): Heard {
  const heard: Heard = { calls: [], times: [] };
  aws.calls.onCall(({ principalArn, service, operation, input, time }: CallRecord) => {
    if (!principalArn.includes('Workers') || !principalArn.includes('Instance')) return;
    if (service !== 'ssm' && service !== 'ec2') return;
    heard.calls.push([service, operation, input]);
    heard.times.push(time);
  });
  return heard;
}

const pausesIn = (times: readonly number[]) => times.slice(1).map((time, index) => time - times[index]!);
const pausesOf = (instance: BootingInstance) =>
  instance.calls('sleep').map((call) => Number(call.split(' ')[1]) * 1000);

test('the volume of a snapshot: the same calls, in the same order, with the same input', async () => {
  const environment = await FanOutEnvironment.deploy();
  await environment.ended(await environment.prepare());
  await environment.advance(1200);
  const heard = listen(environment);
  await environment.ended(await environment.work());
  const snapshot = await environment.published();
  const [, , made] = heard.calls[1] as [string, string, { AvailabilityZone: string }];
  const [, , attached] = heard.calls[2] as [string, string, { InstanceId: string; VolumeId: string }];
  const local = JSON.stringify(heard.calls)
    .replaceAll(attached.InstanceId, IDS.instance)
    .replaceAll(attached.VolumeId, IDS.volume)
    .replaceAll(made.AvailabilityZone, IDS.zone);
  // A volume that is still being made cannot be attached.
  const refused = heard.calls.length - 3;
  expect(refused).toBeGreaterThan(0);
  const instance = await bashBoots(environment, { parameter: snapshot, failing: { 'ec2 attach-volume': refused } });
  expect(instance.agentStarts()).toBe(true);
  expect(JSON.parse(local)).toEqual(instance.calls('aws').map(callOf));
  expect(pausesIn(heard.times.slice(2))).toEqual(pausesOf(instance));
});

test('before there is a snapshot: as many tries, with the same pauses, and no agent in the end', async () => {
  const environment = await FanOutEnvironment.deploy();
  const heard = listen(environment);
  const job = await environment.work();
  const clock = environment.aws.virtualClock!;
  await clock.runUntilHolds(() => heard.calls.length > 0, clock.now() + 600_000);
  const [first] = heard.times;
  // As long as one instance tries; the next is launched in its place when it has not registered in time.
  await environment.advance(700);
  const instance = await bashBoots(environment, { parameter: 'none' });
  expect(instance.agentStarts()).toBe(false);
  const tries = instance.calls('aws').map(callOf);
  const pauses = pausesOf(instance);
  const one = heard.times.slice(0, tries.length);
  expect(heard.calls.slice(0, tries.length)).toEqual(tries);
  expect(pausesIn(one)).toEqual(pauses);
  expect(heard.times.filter((time) => time <= first! + pauses.reduce((sum, pause) => sum + pause, 0))).toHaveLength(
    tries.length,
  );
  expect(environment.job(job).status).toBe('RUNNABLE');
});
