/** Every app of this repository, and what it synthesizes to. */
import { App } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { BatchStackProps } from '../../bin/batch-stack';
import { BatchStack } from '../../bin/batch-stack';
import { pipelineStack } from '../bin/pipeline-stack-fixture';
import { EXAMPLES, loadExample } from '../examples/example';

export const APPS: readonly [name: string, scope: IConstruct][] = [
  ['the reference app', referenceApp({})],
  ['the reference app with a dashboard', referenceApp({ dashboard: true })],
  ['the pipeline', pipelineStack()],
  ...EXAMPLES.map((name): [string, IConstruct] => [`the example ${name}`, loadExample(name)]),
];

function referenceApp(props: BatchStackProps): BatchStack {
  return new BatchStack(new App(), 'Batch', props);
}

export interface Resource {
  /** The stack and the logical id. */
  readonly id: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** All resources of all stacks of an app; validation is the affair of other suites. */
export function resourcesOf(scope: IConstruct): Resource[] {
  const { stacksRecursively } = (scope.node.root as App).synth({ skipValidation: true });
  return stacksRecursively.flatMap(({ stackName, template }) => {
    const { Resources = {} } = template as { Resources?: Record<string, { Type: string; Properties?: object }> };
    return Object.entries(Resources).map(([logicalId, { Type, Properties = {} }]) => ({
      id: `${stackName}/${logicalId}`,
      type: Type,
      properties: Properties as Record<string, unknown>,
    }));
  });
}
