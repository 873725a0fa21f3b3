import { TemplateError } from './template';

/**
 * Orders names so that each comes after all that it depends on; otherwise the given order is kept, so that the same
 * template is always deployed in the same order.
 */
export function dependencyOrder(dependencies: ReadonlyMap<string, Iterable<string>>): string[] {
  const ordered = new Set<string>();
  const open: string[] = [];
  const visit = (name: string): void => {
    if (ordered.has(name) || !dependencies.has(name)) return;
    if (open.includes(name)) {
      throw new TemplateError(`circular dependency: ${[...open.slice(open.indexOf(name)), name].join(' → ')}`);
    }
    open.push(name);
    for (const dependency of dependencies.get(name)!) visit(dependency);
    open.pop();
    ordered.add(name);
  };
  for (const name of dependencies.keys()) visit(name);
  return [...ordered];
}
