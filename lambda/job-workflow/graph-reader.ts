import { paginateGetParametersByPath, type SSMClient } from '@aws-sdk/client-ssm';
import type { GraphPart, NodeConfig } from '../../lib/workflow/config';

/** Reads the jobs of a workflow, as they are deployed now. */
export class GraphReader {
  constructor(
    private readonly client: SSMClient,
    private readonly path: string,
  ) {}

  /** @throws Error when they are not all there, or not of the same deployment */
  async read(): Promise<NodeConfig[]> {
    const parts: GraphPart[] = [];
    for await (const page of paginateGetParametersByPath({ client: this.client }, { Path: this.path })) {
      parts.push(...(page.Parameters ?? []).map(({ Value }) => JSON.parse(Value!) as GraphPart));
    }
    const [first] = parts;
    if (!first) throw new Error(`There are no jobs below ${this.path}`);
    if (parts.length !== first.jobs || parts.some(({ graph }) => graph !== first.graph)) {
      throw new Error('The workflow is being deployed: its jobs do not belong together yet');
    }
    return parts.sort((a, b) => a.position - b.position).map(({ job }) => job);
  }
}
