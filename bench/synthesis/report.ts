import type { App } from 'aws-cdk-lib';

/** What a process that did nothing but this has taken. */
export interface Synthesis {
  /** Of processor: what it would take on a machine that has nothing else to do. */
  readonly seconds: number;
  /** The most memory that it had. */
  readonly megabytes: number;
  /** Of its resources. */
  readonly types: readonly string[];
}

/** Synthesizes the app's one stack, and prints what it took since the process began. */
export function reportSynthesis(app: App): void {
  const { template } = app.synth().stacks[0]! as { template: Template };
  const { user, system } = process.cpuUsage();
  const synthesis: Synthesis = {
    seconds: (user + system) / 1e6,
    megabytes: process.resourceUsage().maxRSS / 1024,
    types: Object.values(template.Resources)
      .map(({ Type }) => Type)
      .sort(),
  };
  console.log(JSON.stringify(synthesis));
}

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}
