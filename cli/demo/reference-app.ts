import type { DeployedStack } from '../../local/cloud-formation/cloud-formation';
import type { Amounts, LargestInstances } from '../../workload/job';
import { appOf, type OwnFleet } from '../rehearse/app';
import type { PricedPool } from '../report/run-report';

/** The deployed reference app, as far as the demo uses it. */
export interface ReferenceApp {
  readonly normalQueue: string;
  readonly urgentQueue: string;
  readonly cpuJobDefinition: string;
  readonly gpuJobDefinition: string;
  readonly pools: readonly (OwnFleet & PricedPool)[];
  /** Where the autoscaler writes what it decides. */
  readonly autoscalerLogGroup: string;
}

export function referenceApp(stack: DeployedStack): ReferenceApp {
  const { outputs, resources } = stack;
  const output = (name: string): string => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`The reference app has no output ${name}`);
    return value;
  };
  const functionName = output('InstancesAutoscalerFunctionName');
  const autoscaler = [...resources.values()].find(({ physicalId }) => physicalId === functionName)!;
  const { LogGroup } = autoscaler.properties['LoggingConfig'] as { LogGroup: string };
  return {
    normalQueue: output('NormalQueueName'),
    urgentQueue: output('UrgentQueueName'),
    cpuJobDefinition: output('CpuJobDefinitionName'),
    gpuJobDefinition: output('GpuJobDefinitionName'),
    // All of them say what they cost.
    pools: appOf([stack]).fleets.map((fleet) => ({ ...fleet, cost: fleet.cost! })),
    autoscalerLogGroup: LogGroup,
  };
}

/** What jobs are cut and clamped to. */
export function largestInstances({ pools }: Pick<ReferenceApp, 'pools'>): LargestInstances {
  const capacities = pools.map(({ capacity }) => capacity);
  const cpu = largest(capacities.filter(({ gpus }) => gpus === 0));
  const gpu = largest(capacities.filter(({ gpus }) => gpus > 0));
  return { ...(cpu && { cpu }), ...(gpu && { gpu }) };
}

function largest(capacities: readonly Amounts[]): Amounts | undefined {
  return [...capacities].sort((a, b) => b.gpus - a.gpus || b.vcpus - a.vcpus || b.memoryMiB - a.memoryMiB)[0];
}
