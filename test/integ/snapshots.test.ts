/**
 * Templates as they were when somebody last looked at them. What changes one on purpose writes it anew, for the reviewer to
 * see: UPDATE_SNAPSHOTS=1 npm run test:integ
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { BatchStack } from '../../bin/batch-stack';
import { loadExample } from '../examples/example';

const FOLDER = join(__dirname, 'snapshots');
const EXAMPLES = ['job-retries', 'nightly', 'pipeline', 'spot-fleet', 'unmanaged-gpu-efs'];
const UPDATE = process.env.UPDATE_SNAPSHOTS === '1';

/** The bundles change with every line of a handler, and have suites of their own. */
const ASSET = /\b[0-9a-f]{64}\b/g;

/** The templates of an app as they are kept, by the names of their files. */
function templatesOf(app: App): Map<string, string> {
  const { stacksRecursively } = app.synth({ skipValidation: true });
  return new Map(
    stacksRecursively.map(({ stackName, template }) => [
      `${stackName}.template.json`,
      `${JSON.stringify(template, null, 2).replace(ASSET, '<asset>')}\n`,
    ]),
  );
}

function referenceApp(): App {
  const app = new App();
  new BatchStack(app, 'Batch');
  new BatchStack(app, 'BatchWithDashboard', { dashboard: true });
  return app;
}

const templates = new Map([
  ...templatesOf(referenceApp()),
  ...EXAMPLES.flatMap((name) => [...templatesOf(loadExample(name))]),
]);

if (UPDATE) {
  mkdirSync(FOLDER, { recursive: true });
  for (const [file, text] of templates) writeFileSync(join(FOLDER, file), text);
}

test.each([...templates])('%s is as it was; UPDATE_SNAPSHOTS=1 npm run test:integ writes it anew', (file, text) => {
  const path = join(FOLDER, file);
  const kept = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as unknown) : undefined;
  expect(JSON.parse(text)).toEqual(kept);
});

test('nothing is kept of stacks that are gone', () => {
  expect(readdirSync(FOLDER).sort()).toEqual([...templates.keys()].sort());
});

test('of an asset no hash is kept, so that a snapshot says what is deployed and not which build it was', () => {
  for (const text of templates.values()) expect(text).not.toMatch(ASSET);
  expect([...templates.values()].join('')).toContain('<asset>.zip');
});
