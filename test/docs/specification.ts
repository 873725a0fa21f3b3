/** CloudFormation's resource specification, as aws-cdk-lib's generated types carry it. */
import { readFileSync } from 'node:fs';
import * as ts from 'typescript';

/** Every property of a resource type, nested ones by their path: `ComputeResources.Type`. Lists add nothing to a path. */
export function specifiedProperties(service: string, resource: string): string[] {
  const file = require.resolve(`aws-cdk-lib/aws-${service}`).replace(/index\.js$/, `lib/${service}.generated.d.ts`);
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const interfaces = new Map<string, ts.InterfaceDeclaration>();
  const collect = (node: ts.Node, prefix: string): void => {
    if (ts.isInterfaceDeclaration(node)) interfaces.set(prefix + node.name.text, node);
    else if (ts.isModuleDeclaration(node)) ts.forEachChild(node.body!, (child) => collect(child, `${node.name.text}.`));
  };
  ts.forEachChild(source, (child) => collect(child, ''));
  const props = interfaces.get(`Cfn${resource}Props`);
  if (!props) throw new Error(`${file} knows no ${resource}`);
  return pathsIn(props, '', interfaces, []);
}

function pathsIn(
  declaration: ts.InterfaceDeclaration,
  prefix: string,
  interfaces: ReadonlyMap<string, ts.InterfaceDeclaration>,
  outer: readonly ts.InterfaceDeclaration[],
): string[] {
  return declaration.members.filter(ts.isPropertySignature).flatMap((member) => {
    const path = prefix + cloudFormationName(member.name.getText());
    const inner = [...interfaces].filter(([name]) => mentions(member.type!, name)).map(([, one]) => one);
    const nested = inner
      .filter((one) => one !== declaration && !outer.includes(one))
      .flatMap((one) => pathsIn(one, `${path}.`, interfaces, [...outer, declaration]));
    return [path, ...nested];
  });
}

function mentions(type: ts.TypeNode, name: string): boolean {
  return new RegExp(`(^|[^\\w.])${name.replace('.', '\\.')}\\b`).test(type.getText());
}

/** Generated types begin the names of properties in lower case. */
function cloudFormationName(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
