import type { Kind } from '../../bench/simulation/pool';
import { kindsOf } from '../../bench/simulation/pool';
import { parseAutoscalerConfig } from '../../lib/autoscaling/config';
import type { DeployedStack } from '../../local/cloud-formation/cloud-formation';
import type { Amounts, LargestInstances } from '../../workload/job';
import type { Fleet } from '../play/play';

/** Instances of one shape that the deployed environment launches. */
export interface Pool {
  readonly name: string;
  readonly autoScalingGroupName: string;
  /** What one instance offers to jobs. */
  readonly capacity: Amounts;
  readonly maxInstances: number;
  /** Dollars an hour for one instance. */
  readonly cost: number;
}

/** The deployed reference app, as far as the demo uses it. */
export interface ReferenceApp {
  readonly normalQueue: string;
  readonly urgentQueue: string;
  readonly cpuJobDefinition: string;
  readonly gpuJobDefinition: string;
  readonly pools: readonly Pool[];
  /** Where the autoscaler writes what it decides. */
  readonly autoscalerLogGroup: string;
}

export function referenceApp({ outputs, resources }: DeployedStack): ReferenceApp {
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`The reference app has no output ${name}`);
    return value;
  };
  const functionName = output('InstancesAutoscalerFunctionName');
  const autoscaler = [...resources.values()].find(({ physicalId }) => physicalId === functionName)!;
  const { Environment, LoggingConfig } = autoscaler.properties as unknown as FunctionProperties;
  return {
    normalQueue: output('NormalQueueName'),
    urgentQueue: output('UrgentQueueName'),
    cpuJobDefinition: output('CpuJobDefinitionName'),
    gpuJobDefinition: output('GpuJobDefinitionName'),
    pools: parseAutoscalerConfig(Environment.Variables.CONFIG).pools,
    autoscalerLogGroup: LoggingConfig.LogGroup,
  };
}

/** The pools, as they are played. */
export function fleets({ pools }: Pick<ReferenceApp, 'pools'>): Fleet[] {
  return pools.map(({ name, autoScalingGroupName, capacity, maxInstances }) => ({
    name,
    requester: `autoscaling:${autoScalingGroupName}`,
    capacity,
    maxInstances,
  }));
}

interface FunctionProperties {
  readonly Environment: { readonly Variables: { readonly CONFIG: string } };
  readonly LoggingConfig: { readonly LogGroup: string };
}

/** What jobs are cut and clamped to. */
export function largestInstances({ pools }: Pick<ReferenceApp, 'pools'>): LargestInstances {
  const capacities = pools.map(({ capacity }) => capacity);
  const cpu = largest(capacities.filter(({ gpus }) => gpus === 0));
  const gpu = largest(capacities.filter(({ gpus }) => gpus > 0));
  return { ...(cpu && { cpu }), ...(gpu && { gpu }) };
}

/** The pools as the simulation knows them: its baselines use the first of each kind, which has to hold every job. */
export function kinds({ pools }: Pick<ReferenceApp, 'pools'>): Kind[] {
  const simulated = pools.map(({ name, capacity, cost, maxInstances }) => ({
    name,
    ...capacity,
    price: cost,
    max: maxInstances,
  }));
  return kindsOf(simulated.sort((a, b) => b.vcpus - a.vcpus || b.memoryMiB - a.memoryMiB));
}

function largest(capacities: readonly Amounts[]): Amounts | undefined {
  return [...capacities].sort((a, b) => b.gpus - a.gpus || b.vcpus - a.vcpus || b.memoryMiB - a.memoryMiB)[0];
}
