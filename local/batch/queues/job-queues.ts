import type {
  ComputeEnvironmentOrder,
  CreateJobQueueRequest,
  CreateJobQueueResponse,
  DeleteJobQueueRequest,
  DescribeJobQueuesRequest,
  DescribeJobQueuesResponse,
  JobStateTimeLimitAction,
  UpdateJobQueueRequest,
  UpdateJobQueueResponse,
} from '@aws-sdk/client-batch';
import type { World } from '../../world';
import { arn } from '../../world';
import { isFargate, maxVcpusOf } from '../environments/compute-environment';
import type { ComputeEnvironment } from '../environments/compute-environment';
import type { JobQueue, OrderedEnvironment } from '../model';
import { namedOrPage } from '../pages';
import { check, checkAtMost, checkName, checkRange, checkState, checkTags, refuse } from '../refusals';
import type { Registry } from '../registry';
import { typesOf } from '../scaling/instance-types';
import { FairShareOrder } from '../scheduling/fair-share-order';
import { FairShareUsage } from '../scheduling/fair-share-usage';
import { FifoOrder } from '../scheduling/fifo-order';
import { PositionHistory } from '../scheduling/position-history';
import { detailOf } from './job-queue-detail';
import type { SchedulingPolicy } from './scheduling-policy';

/** What a queue sets going elsewhere. */
export interface QueueListener {
  /** Something about it has changed that may let jobs start. */
  changed(queue: JobQueue): void;
  /** It is being deleted: its jobs are to end. */
  terminateJobs(queue: JobQueue, reason: string): void;
}

export class JobQueues {
  constructor(
    private readonly world: World,
    private readonly queues: Registry<JobQueue>,
    private readonly environments: Registry<ComputeEnvironment>,
    private readonly policies: Registry<SchedulingPolicy>,
    private readonly listener: QueueListener,
  ) {}

  create(input: CreateJobQueueRequest): CreateJobQueueResponse {
    const name = input.jobQueueName!;
    checkName(name, 'jobQueueName');
    this.queues.checkNew(name);
    checkState(input.state);
    checkPriority(input.priority);
    checkTags(input.tags);
    if (input.serviceEnvironmentOrder?.length) refuse('The local AWS has no service environments');
    const environments = this.ordered(input.computeEnvironmentOrder);
    const policy = input.schedulingPolicyArn ? this.policies.require(input.schedulingPolicyArn) : undefined;
    const now = (): number => this.world.clock.now();
    const maxVcpus = (): number | undefined => maxVcpusOfAll(queue.environments);
    const shares = policy && new FairShareUsage(() => queue.policy?.fairsharePolicy, now, maxVcpus);
    const queue: JobQueue = {
      name,
      arn: arn(this.world, 'batch', `job-queue/${name}`),
      sequence: this.queues.nextSequence(),
      state: input.state ?? 'ENABLED',
      status: 'CREATING',
      statusReason: 'JobQueue Creating',
      priority: input.priority!,
      policy,
      type: typeOf(environments),
      environments,
      timeLimitActions: checkedActions(input.jobStateTimeLimitActions),
      tags: { ...input.tags },
      runnable: shares ? new FairShareOrder(shares) : new FifoOrder(),
      positions: new PositionHistory(),
      shares,
      usedVcpus: 0,
    };
    const type = input.jobQueueType;
    check(type === undefined || type === queue.type, `jobQueueType ${type} is not that of the environments`);
    this.queues.add(queue);
    this.becomesValid(queue);
    return { jobQueueName: name, jobQueueArn: queue.arn };
  }

  update(input: UpdateJobQueueRequest): UpdateJobQueueResponse {
    const queue = this.queues.require(input.jobQueue!);
    checkSettled(queue, 'update');
    checkState(input.state);
    if (input.priority !== undefined) checkPriority(input.priority);
    const policy = input.schedulingPolicyArn ? this.policies.require(input.schedulingPolicyArn) : queue.policy;
    check(
      (policy === undefined) === (queue.policy === undefined),
      'A job queue without a scheduling policy cannot have one added',
    );
    if (input.computeEnvironmentOrder) {
      const environments = this.ordered(input.computeEnvironmentOrder);
      check(typeOf(environments) === queue.type, 'Fargate and EC2 compute environments cannot replace each other');
      queue.environments = environments;
    }
    if (input.jobStateTimeLimitActions) queue.timeLimitActions = checkedActions(input.jobStateTimeLimitActions);
    queue.policy = policy;
    queue.state = input.state ?? queue.state;
    queue.priority = input.priority ?? queue.priority;
    queue.status = 'UPDATING';
    queue.statusReason = 'JobQueue Updating';
    this.becomesValid(queue);
    return { jobQueueName: queue.name, jobQueueArn: queue.arn };
  }

  delete(input: DeleteJobQueueRequest): void {
    const queue = this.queues.require(input.jobQueue!);
    checkSettled(queue, 'delete');
    check(queue.state === 'DISABLED', 'Cannot delete, state must be DISABLED');
    queue.status = 'DELETING';
    queue.statusReason = 'JobQueue Deleting';
    this.listener.terminateJobs(queue, 'Job queue was deleted');
    this.later(() => {
      queue.status = 'DELETED';
      this.queues.delete(queue);
    });
  }

  describe(input: DescribeJobQueuesRequest): DescribeJobQueuesResponse {
    const { items, nextToken } = namedOrPage(this.queues, input.jobQueues, input);
    return { jobQueues: items.map(detailOf), nextToken };
  }

  private ordered(order: readonly ComputeEnvironmentOrder[] | undefined): OrderedEnvironment[] {
    check(order?.length, 'computeEnvironmentOrder is required');
    checkAtMost(order, 3, 'computeEnvironmentOrder');
    const environments = order.map((entry) => ({
      order: entry.order!,
      environment: this.environments.require(entry.computeEnvironment!),
    }));
    checkMix(
      environments.map(({ environment }) => environment),
      this.world.settings.mixedQueuesAccepted,
    );
    return environments.sort((a, b) => a.order - b.order);
  }

  private becomesValid(queue: JobQueue): void {
    this.later(() => {
      if (queue.status === 'DELETING') return;
      queue.status = 'VALID';
      queue.statusReason = 'JobQueue Healthy';
      this.listener.changed(queue);
    });
  }

  private later(action: () => void): void {
    this.world.clock.after(this.world.settings.batchProvisioningSeconds * 1000, action);
  }
}

function checkMix(environments: readonly ComputeEnvironment[], mixedQueuesAccepted: boolean): void {
  for (const { name, status } of environments) {
    check(status === 'VALID' || status === 'UPDATING', `Compute environment ${name} is not VALID: it is ${status}`);
  }
  check(
    new Set(environments.map(isFargate)).size === 1,
    'EC2 and Fargate compute environments cannot be mixed in one job queue',
  );
  check(
    mixedQueuesAccepted || new Set(environments.map(({ type }) => type)).size === 1,
    'Managed and unmanaged compute environments cannot be mixed in one job queue',
  );
  const architectures = environments.flatMap(({ computeResources }) =>
    typesOf(computeResources?.instanceTypes ?? []).map(({ architecture }) => architecture),
  );
  check(new Set(architectures).size <= 1, 'The compute environments of one job queue must share an architecture');
}

function maxVcpusOfAll(environments: readonly OrderedEnvironment[]): number | undefined {
  let sum = 0;
  for (const { environment } of environments) {
    const most = maxVcpusOf(environment);
    if (most === undefined) return undefined;
    sum += most;
  }
  return sum;
}

function typeOf([first]: readonly OrderedEnvironment[]): 'ECS' | 'ECS_FARGATE' {
  return isFargate(first!.environment) ? 'ECS_FARGATE' : 'ECS';
}

function checkSettled({ status, name }: JobQueue, verb: string): void {
  check(status === 'VALID' || status === 'INVALID', `Cannot ${verb}, resource ${name} is being modified`);
}

function checkPriority(priority: number | undefined): void {
  checkRange(priority, 0, Number.MAX_SAFE_INTEGER, 'priority');
}

const REASONS: readonly string[] = [
  'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
  'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
  'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
  'MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED',
];

/** @see https://docs.aws.amazon.com/batch/latest/APIReference/API_JobStateTimeLimitAction.html */
function checkedActions(actions: readonly JobStateTimeLimitAction[] = []): readonly JobStateTimeLimitAction[] {
  for (const { state, action, reason, maxTimeSeconds } of actions) {
    check(state === 'RUNNABLE', `jobStateTimeLimitActions: the only supported state is RUNNABLE, got ${state}`);
    check(action === 'CANCEL', `jobStateTimeLimitActions: the only supported action is CANCEL, got ${action}`);
    check(REASONS.includes(reason!), `jobStateTimeLimitActions: reason must be one of ${REASONS.join(', ')}`);
    checkRange(maxTimeSeconds, 600, 86_400, 'jobStateTimeLimitActions.maxTimeSeconds');
  }
  return actions;
}
