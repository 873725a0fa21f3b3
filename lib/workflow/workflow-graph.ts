import { createHash } from 'node:crypto';
import { Lazy, Stack } from 'aws-cdk-lib';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { GraphPart, NodeConfig } from './config';
import type { WorkflowJob } from './workflow-job';
import { lengthOf } from '../handler/environment-size';
import { sentence } from '../validation/validation-error';

/** Of an advanced parameter; a shorter one stays a standard one. */
const MOST_BYTES = 8192;

/**
 * The jobs of a workflow, each in an SSM parameter below one path: a function's environment would hold some twenty of
 * them.
 */
export class WorkflowGraph extends Construct {
  readonly jobs: WorkflowJob[] = [];
  readonly path: string;
  /** Of the path. */
  readonly arn: string;
  private readonly places = new Map<WorkflowJob, string | undefined>();
  private digest?: string;

  constructor(scope: Construct, workflowName: string) {
    super(scope, 'Graph');
    this.path = `/batch-foreman/workflows/${workflowName}`;
    this.arn = Stack.of(this).formatArn({
      service: 'ssm',
      resource: 'parameter',
      resourceName: this.path.slice(1),
    });
  }

  add(job: WorkflowJob, place: string | undefined): void {
    this.jobs.push(job);
    this.places.set(job, place);
    const part = () => this.part(job);
    new ssm.CfnParameter(this, job.jobName, {
      name: `${this.path}/${job.jobName}`,
      type: 'String',
      tier: 'Intelligent-Tiering',
      description: 'A job of a workflow of cdk-batch-foreman',
      value: Lazy.string({ produce: () => Stack.of(this).toJsonString(part()) }),
    });
    job.node.addValidation({ validate: () => checkSize(job, part()) });
  }

  private part(job: WorkflowJob): GraphPart {
    const ordered = this.ordered();
    return { graph: this.version(), jobs: ordered.length, position: ordered.indexOf(job), job: this.config(job) };
  }

  private config(job: WorkflowJob): NodeConfig {
    return job._config(this.places.get(job));
  }

  /** Each behind those that it comes after. */
  private ordered(): WorkflowJob[] {
    const ordered = new Set<WorkflowJob>();
    const place = (job: WorkflowJob): void => {
      if (ordered.has(job)) return;
      job._before.forEach(place);
      ordered.add(job);
    };
    this.jobs.forEach(place);
    return [...ordered];
  }

  /** Tells this graph from those of other deployments. */
  private version(): string {
    this.digest ??= createHash('sha256')
      .update(JSON.stringify(Stack.of(this).resolve(this.ordered().map((job) => this.config(job)))))
      .digest('hex')
      .slice(0, 16);
    return this.digest;
  }
}

function checkSize(job: WorkflowJob, part: GraphPart): string[] {
  const bytes = lengthOf(Stack.of(job).resolve(Stack.of(job).toJsonString(part)), 40);
  if (bytes <= MOST_BYTES) return [];
  return [
    sentence({
      property: 'command, environment, parameters and sweep',
      value: `about ${bytes} bytes`,
      allowed: `together at most ${MOST_BYTES} bytes`,
      advice: 'Have the job read what is long from a file.',
    }),
  ];
}
