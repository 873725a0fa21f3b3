import { AssetStore } from './cloud-formation/assets';
import { CloudFormation } from './cloud-formation/cloud-formation';
import { CustomResourceResponses } from './cloud-formation/custom-resource-responses';
import { AutoScalingService } from './auto-scaling/auto-scaling-service';
import { BatchService } from './batch/batch-service';
import { LocalJobRunner } from './batch/execution/local-job-runner';
import { MountingRunner } from './batch/execution/mounting-runner';
import { ProcessRunner } from './batch/execution/process-runner';
import type { ProcessRunnerOptions } from './batch/execution/process-runner';
import { InstanceBoots, noteMount } from './boot/instance-boots';
import { CloudWatchService } from './cloud-watch/cloud-watch-service';
import { DynamoDbService } from './dynamodb/dynamodb-service';
import { Ec2Service } from './ec2/ec2-service';
import { AgentCalls } from './ecs/agent-calls';
import { EcsService } from './ecs/ecs-service';
import { FileSystems } from './efs/file-systems';
import { EventBridgeService } from './event-bridge/event-bridge-service';
import type { FaultSchedule } from './faults/fault-schedule';
import { LambdaService } from './lambda/lambda-service';
import { LogsService } from './logs/logs-service';
import type { ClientTransport, DelegatedCalls, FunctionInvoker, TopicPublisher } from './ports';
import { SchedulerService } from './scheduler/scheduler-service';
import type { Activities } from './simulation/activities';
import { SnsService } from './sns/sns-service';
import { SqsService } from './sqs/sqs-service';
import { SsmService } from './ssm/ssm-service';
import { StsService } from './sts/sts-service';
import type { Router } from './wire/router';
import type { World } from './world';

export interface ServiceOptions {
  /** What queue URLs begin with. @default AWS's own address */
  readonly endpoint?: string;
  /** Runs jobs as child processes instead of playing them after their LOCAL_JOB. */
  readonly execute?: ProcessRunnerOptions;
}

export interface Services {
  readonly batch: BatchService;
  readonly boots: InstanceBoots;
  readonly cloudFormation: CloudFormation;
  readonly cloudWatch: CloudWatchService;
  readonly ec2: Ec2Service;
  readonly ecs: EcsService;
  readonly events: EventBridgeService;
  readonly fileSystems: FileSystems;
  readonly logs: LogsService;
  readonly scheduler: SchedulerService;
  readonly sns: SnsService;
  readonly world: World;
  /** Ends the commands of jobs that still run. */
  close(): void;
}

/** Makes all services, acquaints them with each other, and puts them behind the router. */
export function createServices(
  surroundings: Omit<World, 'events'>,
  activities: Activities,
  router: Router,
  transport: ClientTransport,
  faults: FaultSchedule,
  delegated: DelegatedCalls,
  { endpoint, execute }: ServiceOptions,
): Services {
  // Services publish events from the first moment, and EventBridge needs some of them to deliver to.
  const world: World = { ...surroundings, events: { publish: (event) => events.publish(event) } };
  const topics: TopicPublisher = { publish: (...message) => sns.publish(...message) };
  const functions: FunctionInvoker = {
    invoke: (...invocation) => lambda.invoke(...invocation),
    invokeAsync: (...invocation) => lambda.invokeAsync(...invocation),
  };

  const logs = new LogsService(world);
  const cloudWatch = new CloudWatchService(world, { topics, functions, logs });
  const sqs = new SqsService(world, cloudWatch, endpoint);
  const sns = new SnsService(world, { queues: sqs, functions });
  const events = new EventBridgeService(surroundings, {
    faults,
    metrics: cloudWatch,
    functions,
    queues: sqs,
    topics,
    logs,
  });
  const assets = new AssetStore(world);
  const responses = new CustomResourceResponses();
  const lambda = new LambdaService(world, {
    activities,
    transport,
    logs,
    delegated,
    responses,
    faults,
    code: assets,
    metrics: cloudWatch,
    queues: sqs,
    topics,
  });
  const ec2 = new Ec2Service(world, faults);
  const roles = { roleOf: (profile: string) => cloudFormation.identities.roleOf(profile) };
  const fileSystems = new FileSystems();
  const boots = new InstanceBoots(world, {
    hosts: ec2,
    api: router,
    activities,
    roles,
    delegated,
    fileSystems,
    volumeAt: (instanceId, device) => ec2.volumeAt(instanceId, device),
  });
  const ecs = new EcsService(world, ec2, faults, new AgentCalls(delegated, roles), boots);
  const autoScaling = new AutoScalingService(world, ec2);
  const processes = execute && new ProcessRunner(world.clock, logs, execute);
  const runner = new MountingRunner(world, processes ?? new LocalJobRunner(world), {
    mount: (fileSystemId, accessPointId, instanceId, role) => {
      const zone = instanceId === undefined ? undefined : ec2.get(instanceId)?.availabilityZone;
      const refusal = fileSystems.refusal(fileSystemId, accessPointId, zone);
      if (refusal === undefined && role !== undefined) noteMount(delegated, role, fileSystemId, accessPointId);
      return refusal;
    },
  });
  const batch = new BatchService(world, { tasks: ecs, instances: ec2, sources: ec2, runner });
  const others = [new DynamoDbService(world), new SsmService(world), new StsService(world)];
  const scheduler = new SchedulerService(world, { api: router, queues: sqs, activities, faults, delegated });

  for (const { api } of [
    batch,
    ecs,
    ec2,
    autoScaling,
    events,
    scheduler,
    lambda,
    sqs,
    sns,
    cloudWatch,
    logs,
    ...others,
  ]) {
    router.add(api);
  }
  const cloudFormation = new CloudFormation(world, activities, transport, assets, responses, ec2, fileSystems);
  const close = (): void => processes?.close();
  return {
    batch,
    boots,
    cloudFormation,
    cloudWatch,
    ec2,
    ecs,
    events,
    fileSystems,
    logs,
    scheduler,
    sns,
    world,
    close,
  };
}
