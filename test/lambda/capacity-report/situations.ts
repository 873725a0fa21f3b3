/** Prepared situations, each with what is to be said of it. */
import { ENVIRONMENT_MAXIMUM_TAG, OPENS_FOR_CPU_JOBS_TAG } from '../../../lib/capacity/config';
import { Account } from './account';

/** What is to be said of one shortage. */
export interface Told {
  readonly kind: string;
  readonly jobs: number;
  /** `resource requested − available = short by`. */
  readonly lacks: readonly string[];
  readonly reasons: readonly string[];
  readonly instances?: readonly string[];
}

export interface Situation {
  readonly name: string;
  /** @returns the account, the job that it is about, and its queue */
  readonly prepare: () => Promise<{ account: Account; jobId: string; queues: readonly string[] }>;
  /** What Batch itself says of the job, as the beginning of its status reason. */
  readonly batchSays: string | undefined;
  /** Nothing where nothing is short. */
  readonly told?: Told;
}

/** Long enough for Batch to look at the head of the queue, and to say what it thinks. */
const LOOK = 130;
/** An m5.xlarge of the local AWS registers so much: 4 vCPUs, and 16 GiB without what its kernel and agent keep. */
export const M5_XLARGE_MIB = 15_859;

async function onPool(max: number, desired: number, type = 'm5.xlarge', spot = false): Promise<Account> {
  const account = new Account();
  await account.unmanaged('env', { pool: { type, max, desired, spot } });
  await account.queue('queue', ['env']);
  return account;
}

const QUEUES = ['queue'];

export const SITUATIONS: readonly Situation[] = [
  {
    name: 'pool maximum',
    prepare: async () => {
      const account = await onPool(1, 1);
      await account.submit('queue', { vcpus: 3 });
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 1 = 1'],
      reasons: ['pool-maximum'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'environment maximum',
    prepare: async () => {
      const account = new Account();
      await account.managed('env', { maxvCpus: 4 });
      await account.queue('queue', ['env']);
      await account.submit('queue', { vcpus: 4 });
      await account.advance(300);
      const jobId = await account.submit('queue', { vcpus: 4, memoryMiB: 1024 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 4 − 0 = 4'],
      reasons: ['environment-maximum'],
      instances: ['1 × m5.xlarge'],
    },
  },
  {
    name: 'environment maximum below one job',
    prepare: async () => {
      const account = new Account();
      await account.managed('env', { maxvCpus: 4, instanceTypes: ['m5.2xlarge'] });
      await account.queue('queue', ['env']);
      const jobId = await account.submit('queue', { vcpus: 8 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 8 − 0 = 8', 'MEMORY 512 − 0 = 512'],
      reasons: ['environment-maximum'],
      instances: ['1 × m5.2xlarge'],
    },
  },
  {
    name: 'Fargate maximum',
    prepare: async () => {
      const account = new Account();
      await account.fargate('env', 3);
      await account.queue('queue', ['env']);
      await account.submit('queue', { vcpus: 2, memoryMiB: 4096, fargate: true });
      const jobId = await account.submit('queue', { vcpus: 2, memoryMiB: 4096, fargate: true });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: { kind: 'instances', jobs: 1, lacks: ['VCPU 2 − 1 = 1'], reasons: ['environment-maximum'], instances: [] },
  },
  {
    name: 'no Spot capacity in a pool',
    prepare: async () => {
      const account = await onPool(4, 0, 'm5.xlarge', true);
      account.aws.setFaults({ launch: { pool: 'InsufficientInstanceCapacity' } });
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.scale('pool', 1);
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2', 'MEMORY 512 − 0 = 512'],
      reasons: ['instance-capacity Spot'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'no On-Demand capacity in a managed environment',
    prepare: async () => {
      const account = new Account();
      await account.managed('env', {});
      account.aws.setFaults({ launch: { env: 'InsufficientInstanceCapacity' } });
      await account.queue('queue', ['env']);
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2', 'MEMORY 512 − 0 = 512'],
      reasons: ['instance-capacity On-Demand'],
      instances: ['1 × m5.xlarge'],
    },
  },
  {
    name: 'service quota',
    prepare: async () => {
      const account = await onPool(4, 0);
      account.aws.setFaults({ launch: { pool: 'VcpuLimitExceeded' } });
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.scale('pool', 1);
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2', 'MEMORY 512 − 0 = 512'],
      reasons: ['service-quota On-Demand'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'fragmentation',
    prepare: async () => {
      const account = await onPool(2, 2);
      await account.submit('queue', { vcpus: 3 });
      await account.submit('queue', { vcpus: 2 });
      const jobId = await account.submit('queue', { vcpus: 3 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 3 − 2 = 1'],
      reasons: ['fragmentation', 'pool-maximum'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'memory one MiB too large',
    prepare: async () => {
      const account = await onPool(4, 1);
      const jobId = await account.submit('queue', { memoryMiB: M5_XLARGE_MIB + 1 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'instance-size',
      jobs: 1,
      lacks: [`MEMORY ${M5_XLARGE_MIB + 1} − ${M5_XLARGE_MIB} = 1`],
      reasons: ['no-instance-type'],
      instances: [],
    },
  },
  {
    name: 'GPU only on a draining instance',
    prepare: async () => {
      const account = await onPool(1, 1, 'g5.2xlarge');
      await account.drain('env');
      const jobId = await account.submit('queue', { gpus: 1 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 1 − 0 = 1', 'MEMORY 512 − 0 = 512', 'GPU 1 − 0 = 1'],
      reasons: ['draining', 'pool-maximum'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'dead agent',
    prepare: async () => {
      const account = await onPool(1, 1);
      account.aws.services.ecs.disconnectAgent(account.instances()[0]!);
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2', 'MEMORY 512 − 0 = 512'],
      reasons: ['unreachable', 'pool-maximum'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'instance that never registered',
    prepare: async () => {
      const account = await onPool(1, 0);
      account.aws.setFaults({ neverRegister: ['pool'] });
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.scale('pool', 1);
      await account.advance(660);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2', 'MEMORY 512 − 0 = 512'],
      reasons: ['unreachable', 'pool-maximum'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'consumable resource',
    prepare: async () => {
      const account = await onPool(1, 1);
      await account.consumable('licence', 5);
      await account.submit('queue', { consumable: ['licence', 3] });
      const jobId = await account.submit('queue', { consumable: ['licence', 3] });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: {
      kind: 'consumable',
      jobs: 1,
      lacks: ['licence 3 − 2 = 1'],
      reasons: ['consumable-resource'],
      instances: [],
    },
  },
  {
    name: 'more of a consumable resource than there is',
    prepare: async () => {
      const account = await onPool(1, 1);
      await account.consumable('licence', 5);
      const jobId = await account.submit('queue', { consumable: ['licence', 8] });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: { kind: 'consumable', jobs: 1, lacks: ['licence 8 − 5 = 3'], reasons: ['consumable-total'], instances: [] },
  },
  {
    name: 'maximum of an unmanaged environment',
    prepare: async () => {
      const account = new Account();
      const pool = { type: 'm5.xlarge', max: 4, desired: 1, tags: { [ENVIRONMENT_MAXIMUM_TAG]: '4' } };
      await account.unmanaged('env', { pool });
      await account.queue('queue', ['env']);
      await account.submit('queue', { vcpus: 3 });
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 1 = 1'],
      reasons: ['environment-maximum'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'instances with GPUs only, which are not for jobs without',
    prepare: async () => {
      const account = new Account();
      const gpu = { type: 'g5.2xlarge', max: 4, tags: { [OPENS_FOR_CPU_JOBS_TAG]: 'false' } };
      await account.unmanaged('env', { gpu });
      await account.queue('queue', ['env']);
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2', 'MEMORY 512 − 0 = 512'],
      reasons: ['gpu-instances-only'],
      instances: [],
    },
  },
  {
    name: 'Fargate in use by a queue in which nothing waits',
    prepare: async () => {
      const account = new Account();
      await account.fargate('env', 3);
      await account.queue('queue', ['env']);
      await account.queue('other', ['env']);
      await account.submit('other', { vcpus: 2, memoryMiB: 4096, fargate: true });
      await account.advance(60);
      const jobId = await account.submit('queue', { vcpus: 2, memoryMiB: 4096, fargate: true });
      await account.advance(LOOK);
      return { account, jobId, queues: ['queue', 'other'] };
    },
    batchSays: undefined,
    told: { kind: 'instances', jobs: 1, lacks: ['VCPU 2 − 1 = 1'], reasons: ['environment-maximum'], instances: [] },
  },
  {
    name: 'all the memory that a managed type is sold with',
    prepare: async () => {
      const account = new Account();
      await account.managed('env', {});
      await account.queue('queue', ['env']);
      const jobId = await account.submit('queue', { memoryMiB: 16_384 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'instance-size',
      jobs: 1,
      lacks: ['MEMORY 16384 − 15510 = 874'],
      reasons: ['no-instance-type'],
      instances: [],
    },
  },
  {
    name: 'registration of an instance that has gone',
    prepare: async () => {
      const account = new Account({ staleContainerInstanceSeconds: 1200 });
      await account.unmanaged('env', { pool: { type: 'm5.xlarge', max: 1, desired: 1 } });
      await account.queue('queue', ['env']);
      await account.terminate(account.instances()[0]!);
      await account.scale('pool', 1);
      await account.submit('queue', { vcpus: 4 });
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2'],
      reasons: ['pool-maximum'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'disabled queue',
    prepare: async () => {
      const account = await onPool(1, 1);
      await account.submit('queue', { vcpus: 4 });
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.setQueue('queue', 'DISABLED');
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2'],
      reasons: ['pool-maximum', 'queue-disabled'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'disabled environment',
    prepare: async () => {
      const account = await onPool(1, 1);
      await account.setEnvironment('env', 'DISABLED');
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2', 'MEMORY 512 − 0 = 512'],
      reasons: ['environment-disabled'],
      instances: [],
    },
  },
  {
    name: 'nobody who launches',
    prepare: async () => {
      const account = new Account();
      await account.unmanaged('env');
      await account.queue('queue', ['env']);
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'instances',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2', 'MEMORY 512 − 0 = 512'],
      reasons: ['no-pool'],
      instances: [],
    },
  },
  {
    name: 'a group that nobody scales',
    prepare: async () => {
      const account = await onPool(4, 0);
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.advance(660);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
    told: {
      kind: 'launch',
      jobs: 1,
      lacks: ['VCPU 2 − 0 = 2', 'MEMORY 512 − 0 = 512'],
      reasons: ['not-launched'],
      instances: ['1 × pool'],
    },
  },
  {
    name: 'transient misfit while booting',
    prepare: async () => {
      const account = new Account({ registrationSeconds: 180 });
      await account.unmanaged('env', { pool: { type: 'm5.xlarge', max: 1 } });
      await account.queue('queue', ['env']);
      const jobId = await account.submit('queue', { vcpus: 2 });
      await account.scale('pool', 1);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: 'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
  },
  {
    name: 'dependency',
    prepare: async () => {
      const account = await onPool(1, 1);
      const first = await account.submit('queue', { vcpus: 4 });
      const jobId = await account.submit('queue', { vcpus: 4, dependsOn: [{ jobId: first }] });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
  },
  {
    name: 'nothing short',
    prepare: async () => {
      const account = await onPool(1, 1);
      const jobId = await account.submit('queue', { vcpus: 4 });
      await account.advance(LOOK);
      return { account, jobId, queues: QUEUES };
    },
    batchSays: undefined,
  },
];
