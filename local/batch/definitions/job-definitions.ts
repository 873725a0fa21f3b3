import type {
  DeregisterJobDefinitionRequest,
  DescribeJobDefinitionsRequest,
  DescribeJobDefinitionsResponse,
  RegisterJobDefinitionRequest,
  RegisterJobDefinitionResponse,
} from '@aws-sdk/client-batch';
import type { World } from '../../world';
import { arn } from '../../world';
import { pageOf } from '../pages';
import { check, checkAtMost, refuse } from '../refusals';
import { checkDefinition } from './definition-rules';
import { detailOf } from './job-definition';
import type { JobDefinitionRevision } from './job-definition';

/** Deregistered definitions are deleted then. */
const DELETED_AFTER_MILLISECONDS = 180 * 24 * 3600 * 1000;

export class JobDefinitions {
  /** Revisions by name; revision 1 is at 0. */
  private readonly byName = new Map<string, JobDefinitionRevision[]>();
  private registered = 0;

  constructor(private readonly world: World) {}

  register(input: RegisterJobDefinitionRequest): RegisterJobDefinitionResponse {
    checkDefinition(input);
    const name = input.jobDefinitionName!;
    const revisions = this.byName.get(name) ?? [];
    const revision = revisions.length + 1;
    const definition: JobDefinitionRevision = {
      name,
      revision,
      arn: arn(this.world, 'batch', `job-definition/${name}:${revision}`),
      sequence: ++this.registered,
      type: input.type!,
      status: 'ACTIVE',
      parameters: input.parameters ?? {},
      containerProperties: input.containerProperties,
      ecsProperties: input.ecsProperties,
      nodeProperties: input.nodeProperties,
      retryStrategy: input.retryStrategy,
      timeout: input.timeout,
      schedulingPriority: input.schedulingPriority,
      propagateTags: input.propagateTags,
      platformCapabilities: input.platformCapabilities ?? [],
      consumableResourceProperties: input.consumableResourceProperties,
      tags: { ...input.tags },
    };
    this.byName.set(name, [...revisions, definition]);
    return { jobDefinitionName: name, jobDefinitionArn: definition.arn, revision };
  }

  deregister(input: DeregisterJobDefinitionRequest): void {
    const { name, revision } = parseReference(input.jobDefinition!);
    if (revision === undefined) refuse(`jobDefinition ${input.jobDefinition} needs a revision`);
    const definition = this.find(name, revision);
    check(definition, `Job definition ${input.jobDefinition} does not exist`);
    definition.status = 'INACTIVE';
    definition.deregisteredAt = this.world.clock.now();
  }

  /** The revision that a submission names; without one, the latest that is active. */
  active(reference: string): JobDefinitionRevision {
    const { name, revision } = parseReference(reference);
    const definition =
      revision === undefined
        ? this.revisionsOf(name).findLast(({ status }) => status === 'ACTIVE')
        : this.find(name, revision);
    check(definition, `Job definition ${reference} does not exist`);
    check(definition.status === 'ACTIVE', `Job definition ${reference} is INACTIVE`);
    return definition;
  }

  byArn(definitionArn: string): JobDefinitionRevision | undefined {
    const { name, revision } = parseReference(definitionArn);
    return revision === undefined ? undefined : this.find(name, revision);
  }

  describe(input: DescribeJobDefinitionsRequest): DescribeJobDefinitionsResponse {
    const { jobDefinitions: references, jobDefinitionName, status } = input;
    if (references?.length) {
      checkAtMost(references, 100, 'jobDefinitions');
      check(
        jobDefinitionName === undefined && status === undefined && input.nextToken === undefined,
        'jobDefinitions cannot be used with other parameters',
      );
      return { jobDefinitions: references.flatMap((reference) => this.referenced(reference)).map(detailOf) };
    }
    const names = jobDefinitionName === undefined ? [...this.byName.keys()] : [jobDefinitionName];
    const selected = names
      .flatMap((name) => this.revisionsOf(name))
      .filter((definition) => status === undefined || definition.status === status)
      .sort((a, b) => a.sequence - b.sequence);
    const { items, nextToken } = pageOf(selected, ({ sequence }) => sequence, input);
    return { jobDefinitions: items.map(detailOf), nextToken };
  }

  private referenced(reference: string): readonly JobDefinitionRevision[] {
    const { name, revision } = parseReference(reference);
    return this.revisionsOf(name).filter((definition) => revision === undefined || definition.revision === revision);
  }

  private find(name: string, revision: number): JobDefinitionRevision | undefined {
    return this.revisionsOf(name).find((definition) => definition.revision === revision);
  }

  private revisionsOf(name: string): readonly JobDefinitionRevision[] {
    const deleted = this.world.clock.now() - DELETED_AFTER_MILLISECONDS;
    return (this.byName.get(name) ?? []).filter(({ deregisteredAt = Infinity }) => deregisteredAt > deleted);
  }
}

/** `name`, `name:revision`, or an ARN of either form. */
function parseReference(reference: string): { name: string; revision?: number } {
  const short = reference.replace(/^arn:[^:]+:batch:[^:]*:[^:]*:job-definition\//, '');
  const [, name, revision] = /^([^:]+)(?::(\d+))?$/.exec(short) ?? refuse(`jobDefinition ${reference} is not valid`);
  return { name: name!, revision: revision === undefined ? undefined : Number(revision) };
}
