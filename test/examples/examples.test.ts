/** What holds of every example. */
import type { CloudAssembly } from 'aws-cdk-lib/cx-api';
import { EXAMPLES, loadExample } from './example';

const templates = (assembly: CloudAssembly) =>
  assembly.stacksRecursively.map(({ id, template }) => [id, template as unknown] as const);

test.each(EXAMPLES)('%s is found valid, and two syntheses of it are equal byte for byte', (name) => {
  const first = templates(loadExample(name).synth());
  expect(first.length).toBeGreaterThan(0);
  expect(JSON.stringify(templates(loadExample(name).synth()))).toBe(JSON.stringify(first));
});
