import * as sdk from '@aws-sdk/client-batch';
import type { InstanceLauncher, LaunchSources, TaskPlacement } from '../ports';
import type { Operation, Service } from '../wire/service';
import type { World } from '../world';
import type { ConsumableResource } from './consumables/consumable-resource';
import { ConsumableResources } from './consumables/consumable-resources';
import { JobDefinitions } from './definitions/job-definitions';
import type { ComputeEnvironment } from './environments/compute-environment';
import { ComputeEnvironments } from './environments/compute-environments';
import { Attempts } from './execution/attempts';
import type { JobRunner } from './execution/job-runner';
import { LocalJobRunner } from './execution/local-job-runner';
import { JobEvents } from './jobs/job-events';
import { JobListing } from './jobs/job-listing';
import { JobProgress } from './jobs/job-progress';
import { jobReport } from './jobs/job-report';
import type { JobReport } from './jobs/job-report';
import { JobStates } from './jobs/job-states';
import { JobStops } from './jobs/job-stops';
import { JobStore } from './jobs/job-store';
import type { JobQueue } from './model';
import { JobQueues } from './queues/job-queues';
import { SchedulingPolicies } from './queues/scheduling-policies';
import type { SchedulingPolicy } from './queues/scheduling-policy';
import { Registry } from './registry';
import { ManagedScaling } from './scaling/managed-scaling';
import { BlockedQueues } from './scheduling/blocked-queues';
import { Dispatcher } from './scheduling/dispatcher';
import { FargateCapacity } from './scheduling/fargate-capacity';
import { InstanceCapacity } from './scheduling/instance-capacity';
import { QueueSnapshots } from './scheduling/queue-snapshot';
import { JobSubmission } from './submission/submit-job';
import { ResourceTags } from './tags';
import type { Tagged } from './tags';

/** @see https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
const QUOTAS = { environments: 50, queues: 50, policies: 500, consumables: 50_000 };

export interface BatchDependencies {
  readonly tasks: TaskPlacement;
  readonly instances: InstanceLauncher;
  readonly sources: LaunchSources;
  /** @default jobs are played after their LOCAL_JOB */
  readonly runner?: JobRunner;
}

/** AWS Batch. */
export class BatchService {
  readonly api: Service;
  private readonly environments = new Registry<ComputeEnvironment>('compute environment', QUOTAS.environments);
  private readonly queues = new Registry<JobQueue>('job queue', QUOTAS.queues);
  private readonly policies = new Registry<SchedulingPolicy>('scheduling policy', QUOTAS.policies);
  private readonly consumables = new Registry<ConsumableResource>('consumable resource', QUOTAS.consumables);
  private readonly definitions: JobDefinitions;
  private readonly store: JobStore;
  private readonly states: JobStates;
  private readonly progress: JobProgress;
  private readonly attempts: Attempts;
  private readonly stops: JobStops;
  private readonly dispatcher: Dispatcher;
  private readonly blocked: BlockedQueues;
  private readonly scaling: ManagedScaling;

  constructor(
    private readonly world: World,
    private readonly dependencies: BatchDependencies,
  ) {
    const { tasks, instances, sources, runner = new LocalJobRunner(world) } = dependencies;
    const events = new JobEvents(world);
    this.definitions = new JobDefinitions(world);
    this.store = new JobStore(world);
    this.scaling = new ManagedScaling(world, instances, sources, this.queues);
    this.dispatcher = new Dispatcher(world, this.queues, () => this.attempts);
    this.progress = new JobProgress(world, this.store, () => this.states);
    this.blocked = new BlockedQueues(
      world,
      events,
      () => this.stops,
      (environment) => this.scaling.refusedType(environment),
    );
    this.states = new JobStates(world, this.store, events, {
      becameRunnable: ({ spec: { queue } }) => {
        this.dispatcher.queueChanged(queue);
        this.blocked.watch(queue);
        this.scaling.jobWaits();
      },
      // It may have held back those behind it.
      gaveWay: ({ spec: { queue } }) => this.dispatcher.queueChanged(queue),
      ended: (job) => {
        // Also what is cancelled between two attempts may hold some.
        this.attempts.releaseClaims(job);
        this.progress.ended(job);
      },
    });
    this.attempts = new Attempts(world, tasks, this.states, runner, {
      released: (environment) => this.dispatcher.environmentChanged(environment),
      claimsReleased: () => this.dispatcher.allChanged(),
    });
    this.stops = new JobStops(this.store, this.states, this.attempts, world.settings);
    tasks.onCapacity((clusterArn) => this.capacityGrew(clusterArn));
    this.api = { signingName: 'batch', protocol: 'restJson1', sdk, operations: this.operations() };
  }

  /** All jobs that are kept, children of arrays too, for the local AWS's own state report. */
  *jobs(): Iterable<JobReport> {
    for (const job of this.store.all()) {
      yield jobReport(job);
      for (const child of job.array?.children ?? []) yield jobReport(child);
    }
  }

  private operations(): Record<string, Operation> {
    const environments = this.computeEnvironments();
    const queues = new JobQueues(this.world, this.queues, this.environments, this.policies, {
      changed: (queue) => this.dispatcher.queueChanged(queue),
      terminateJobs: (queue, reason) => this.stops.terminateAllOf(queue, reason),
    });
    const policies = new SchedulingPolicies(this.world, this.policies, this.queues, () => this.dispatcher.allChanged());
    const consumables = new ConsumableResources(this.world, this.consumables, () => this.dispatcher.allChanged());
    const { definitions, store, progress, stops } = this;
    const submission = new JobSubmission(this.world, this.queues, definitions, consumables, store, progress);
    const listing = new JobListing(this.world, store, this.queues, this.consumables);
    const snapshots = new QueueSnapshots(this.world, this.queues);
    const tags = new ResourceTags((arn) => this.tagged(arn));
    return {
      CreateComputeEnvironment: (input) => environments.create(input),
      UpdateComputeEnvironment: (input) => environments.update(input),
      DeleteComputeEnvironment: (input) => environments.delete(input),
      DescribeComputeEnvironments: (input) => environments.describe(input),
      CreateJobQueue: (input) => queues.create(input),
      UpdateJobQueue: (input) => queues.update(input),
      DeleteJobQueue: (input) => queues.delete(input),
      DescribeJobQueues: (input) => queues.describe(input),
      GetJobQueueSnapshot: (input) => snapshots.get(input),
      CreateSchedulingPolicy: (input) => policies.create(input),
      UpdateSchedulingPolicy: (input) => policies.update(input),
      DeleteSchedulingPolicy: (input) => policies.delete(input),
      DescribeSchedulingPolicies: (input) => policies.describe(input),
      ListSchedulingPolicies: (input) => policies.list(input),
      CreateConsumableResource: (input) => consumables.create(input),
      UpdateConsumableResource: (input) => consumables.update(input),
      DeleteConsumableResource: (input) => consumables.delete(input),
      DescribeConsumableResource: (input) => consumables.describe(input),
      ListConsumableResources: (input) => consumables.list(input),
      RegisterJobDefinition: (input) => definitions.register(input),
      DeregisterJobDefinition: (input) => definitions.deregister(input),
      DescribeJobDefinitions: (input) => definitions.describe(input),
      SubmitJob: (input) => submission.submit(input),
      DescribeJobs: (input) => listing.describe(input),
      ListJobs: (input) => listing.list(input),
      ListJobsByConsumableResource: (input) => listing.listByConsumableResource(input),
      CancelJob: (input) => stops.cancelJob(input),
      CancelJobs: (input) => stops.cancelJobs(input),
      TerminateJob: (input) => stops.terminateJob(input),
      TerminateJobs: (input) => stops.terminateJobs(input),
      TagResource: (input) => tags.tag(input),
      UntagResource: (input) => tags.untag(input),
      ListTagsForResource: (input) => tags.list(input),
    };
  }

  private computeEnvironments(): ComputeEnvironments {
    const { tasks } = this.dependencies;
    const now = (): number => this.world.clock.now();
    return new ComputeEnvironments(this.world, tasks, this.environments, this.queues, {
      capacityOf: (clusterArn, fargate, environment) =>
        fargate
          ? new FargateCapacity(() => environment().computeResources!.maxvCpus!)
          : new InstanceCapacity(tasks, clusterArn, now, (instance) => this.scaling.mayRun(clusterArn, instance)),
      changed: (environment) => {
        this.scaling.environmentChanged(environment);
        this.dispatcher.environmentChanged(environment);
      },
      replaceInstances: (environment, onReplaced) => this.scaling.replaceInstances(environment, onReplaced),
      release: (environment) => {
        if (environment.capacity instanceof FargateCapacity) return !environment.capacity.inUse();
        this.scaling.release(environment);
        return true;
      },
    });
  }

  private capacityGrew(clusterArn: string): void {
    for (const environment of this.environments) {
      if (environment.clusterArn !== clusterArn) continue;
      if (environment.capacity instanceof InstanceCapacity) environment.capacity.grew();
      this.dispatcher.environmentChanged(environment);
    }
  }

  private tagged(arn: string): Tagged | undefined {
    const [, id] = /:job\/(.+)$/.exec(arn) ?? [];
    if (id !== undefined) return id.includes(':') ? undefined : this.store.find(id);
    for (const registry of [this.environments, this.queues, this.policies, this.consumables]) {
      const found = registry.find(arn);
      if (found?.arn === arn) return found;
    }
    return arn.includes(':job-definition/') ? this.definitions.byArn(arn) : undefined;
  }
}
