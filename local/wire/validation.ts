import type { Shape, StructureShape } from './shapes';

/** One way in which a value is not what its shape says. */
export type Violation =
  | { kind: 'missing'; path: string }
  | { kind: 'unknown'; path: string }
  | { kind: 'type'; path: string; expected: string; actual: string }
  | { kind: 'rule'; path: string; value: unknown; text: string };

/**
 * Checks a value in the SDK's own types (dates, byte arrays) against its shape.
 * @param direction members are required of requests only: AWS's answers leave out much that its models call required
 */
export function violations(shape: Shape, value: unknown, direction: 'request' | 'answer'): Violation[] {
  const found: Violation[] = [];
  check(shape, value, '', direction === 'request', found);
  return found;
}

function check(shape: Shape, value: unknown, path: string, request: boolean, found: Violation[]): void {
  switch (shape.kind) {
    case 'structure':
      return checkStructure(shape, value, path, request, found);
    case 'list':
      if (!Array.isArray(value)) return wrongType('List', value, path, found);
      value.forEach((item, index) => {
        if (item === null && shape.sparse) return;
        check(shape.member, item, `${path}.${index + 1}.member`, request, found);
      });
      return;
    case 'map':
      if (!isPlainObject(value)) return wrongType('Map', value, path, found);
      for (const [key, item] of Object.entries(value)) {
        if (item === undefined || (item === null && shape.sparse)) continue;
        check(shape.value, item, `${path}.${key}.value`, request, found);
      }
      return;
    case 'string':
      if (typeof value !== 'string') wrongType('String', value, path, found);
      return;
    case 'number':
      if (typeof value !== 'number') wrongType('Number', value, path, found);
      return;
    case 'boolean':
      if (typeof value !== 'boolean') wrongType('Boolean', value, path, found);
      return;
    case 'blob':
      if (!(value instanceof Uint8Array)) wrongType('Blob', value, path, found);
      return;
    case 'timestamp':
      if (!isDate(value) || Number.isNaN(value.getTime())) wrongType('Timestamp', value, path, found);
      return;
    case 'document':
    case 'unit':
      return;
  }
}

function checkStructure(
  shape: StructureShape,
  value: unknown,
  path: string,
  request: boolean,
  found: Violation[],
): void {
  if (!isPlainObject(value)) return wrongType(shape.name, value, path, found);
  for (const name of Object.keys(value)) {
    const item = value[name];
    if (item === undefined) continue;
    const member = shape.members.get(name);
    if (!member) {
      found.push({ kind: 'unknown', path: join(path, name) });
      continue;
    }
    check(member.shape, item, join(path, name), request, found);
    if (!request) continue;
    for (const { text, holds } of member.rules) {
      if (!holds(item)) found.push({ kind: 'rule', path: join(path, name), value: item, text });
    }
  }
  if (!request) return;
  for (const member of shape.members.values()) {
    if (!member.required) break;
    if (value[member.name] === undefined) found.push({ kind: 'missing', path: join(path, member.name) });
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

function wrongType(expected: string, value: unknown, path: string, found: Violation[]): void {
  found.push({ kind: 'type', path, expected, actual: describe(value) });
}

function describe(value: unknown): string {
  if (value === null) return 'NULL_VALUE';
  if (Array.isArray(value)) return 'START_ARRAY';
  if (typeof value === 'object') return 'START_OBJECT';
  return `${typeof value}_VALUE`.toUpperCase();
}

/** Not by `instanceof`: jest gives tests another `Date` than the code under test. */
function isDate(value: unknown): value is Date {
  return Object.prototype.toString.call(value) === '[object Date]';
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    !isDate(value)
  );
}
