import type { JobDependency, SubmitJobRequest, SubmitJobResponse } from '@aws-sdk/client-batch';
import type { World } from '../../world';
import type { ConsumableResources } from '../consumables/consumable-resources';
import type { JobDefinitions } from '../definitions/job-definitions';
import { newArrayState } from '../jobs/array-jobs';
import { newJob, orderOfSubmission } from '../jobs/job';
import { arnOf } from '../jobs/job-detail';
import type { JobProgress } from '../jobs/job-progress';
import type { JobStore } from '../jobs/job-store';
import type { JobQueue } from '../model';
import { check } from '../refusals';
import type { Registry } from '../registry';
import { Shapes } from '../scheduling/shape';
import { specOf } from './job-spec';
import { checkSubmission, checkTarget } from './submit-rules';

export class JobSubmission {
  private readonly random;
  private readonly shapes = new Shapes();
  private submissions = 0;

  constructor(
    private readonly world: World,
    private readonly queues: Registry<JobQueue>,
    private readonly definitions: JobDefinitions,
    private readonly consumables: ConsumableResources,
    private readonly store: JobStore,
    private readonly progress: JobProgress,
  ) {
    this.random = world.random.fork();
  }

  submit(input: SubmitJobRequest): SubmitJobResponse {
    checkSubmission(input);
    const queue = this.queues.require(input.jobQueue!);
    const definition = this.definitions.active(input.jobDefinition!);
    checkTarget(input, queue, definition);
    for (const dependency of input.dependsOn ?? []) this.checkDependency(dependency, input.arrayProperties?.size);
    const spec = specOf(input, queue, definition, {
      shapes: this.shapes,
      claims: this.consumables.claims(
        definition.consumableResourceProperties,
        input.consumableResourcePropertiesOverride,
      ),
      commandShownSubstituted: this.world.settings.commandShownSubstituted,
    });
    const now = this.world.clock.now();
    const size = input.arrayProperties?.size;
    const job = newJob({
      id: this.random.uuid(),
      spec,
      order: orderOfSubmission(++this.submissions),
      createdAt: now,
      status: 'SUBMITTED',
      array: size === undefined ? undefined : newArrayState(size, now),
      tags: { ...input.tags },
    });
    this.store.add(job);
    queue.shares?.opened(spec.shareIdentifier!);
    this.progress.submit(job);
    return { jobArn: arnOf(this.world, job), jobName: spec.jobName, jobId: job.id };
  }

  private checkDependency({ jobId, type }: JobDependency, size: number | undefined): void {
    if (type === 'SEQUENTIAL') return;
    const dependency = this.store.find(jobId!);
    check(dependency, `dependsOn: job ${jobId} does not exist`);
    const { failedDependencyRefused } = this.world.settings;
    check(!failedDependencyRefused || dependency.status !== 'FAILED', `dependsOn: job ${jobId} has failed`);
    if (type !== 'N_TO_N') return;
    check(dependency.array, `dependsOn: job ${jobId} is not an array job, N_TO_N needs one`);
    check(
      dependency.array.size === size,
      `dependsOn: N_TO_N needs arrays of one size, ${jobId} has ${dependency.array.size}`,
    );
  }
}
