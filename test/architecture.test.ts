/** The shape of the house: which folder may import which, and that handlers keep nothing between their makings. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const root = join(__dirname, '..');

function typescriptFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
}

interface Cruise {
  summary: { violations: { rule: { name: string }; from: string; to: string }[]; totalCruised: number };
}

test('imports point one way', () => {
  const folders = ['bench', 'bin', 'cli', 'examples', 'lambda', 'lib', 'local', 'workload'].filter((folder) =>
    existsSync(join(root, folder)),
  );
  const command = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  let output: string;
  try {
    output = execFileSync(process.execPath, [command, ...folders, '--output-type', 'json'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
  } catch (error) {
    // It exits with the number of violations, and prints them all the same.
    output = (error as { stdout: string }).stdout;
  }
  const { summary } = JSON.parse(output) as Cruise;
  expect(summary.totalCruised).toBeGreaterThan(50);
  expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
});

/** What may stand at the top level of a handler's module: nothing that is made by a call, and nothing that changes. */
function statefulDeclarations(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  for (const statement of source.statements) {
    if (ts.isExpressionStatement(statement)) found.push(statement.getText());
    if (!ts.isVariableStatement(statement)) continue;
    const constant = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
    for (const declaration of statement.declarationList.declarations) {
      const value = declaration.initializer;
      if (!constant) found.push(declaration.getText());
      else if (value && isStateful(value)) found.push(declaration.getText());
    }
  }
  return found;
}

/** A call of `awsHandler` makes its client at the first invocation; sets and maps of constants do not change. */
const HARMLESS_CALLS = /^(awsHandler\(|Object\.freeze\(|new (Set|Map)(<[^(]*>)?\((?!\)))/;

function isStateful(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return false;
  if ((ts.isNewExpression(node) || ts.isCallExpression(node)) && !HARMLESS_CALLS.test(node.getText())) return true;
  return ts.forEachChild(node, (child) => isStateful(child) || undefined) ?? false;
}

test('handlers keep no client, clock or state at module level', () => {
  const files = typescriptFiles('lambda');
  expect(files.length).toBeGreaterThan(5);
  const found = files.flatMap((file) => statefulDeclarations(file).map((text) => `${file}: ${text}`));
  expect(found).toEqual([]);
});

test('each handler folder exports `handler` and `createHandler`', () => {
  const handlers = typescriptFiles('lambda').filter((file) => file.endsWith('/handler.ts'));
  expect(handlers.length).toBeGreaterThan(0);
  for (const file of handlers) {
    const text = readFileSync(file, 'utf8');
    expect({ file, handler: /export const handler\b/.test(text) }).toEqual({ file, handler: true });
    expect({ file, createHandler: /export (const|function) createHandler\b/.test(text) }).toEqual({
      file,
      createHandler: true,
    });
  }
});
