import { ServiceError } from '../wire/service';
import type { Shape, StructureShape } from '../wire/shapes';

/**
 * Reads the input of a universal target, in which members are in Pascal case at every depth whatever the service's own
 * API calls them, bytes are text, and times ISO 8601 text.
 * @throws ServiceError for a member that the operation does not have.
 */
export function universalInput(shape: Shape, value: unknown, path = ''): unknown {
  switch (shape.kind) {
    case 'structure':
      return structure(shape, value, path);
    case 'list':
      if (!Array.isArray(value)) return value;
      return value.map((item, index) => universalInput(shape.member, item, `${path}[${index}]`));
    case 'map':
      if (!isObject(value)) return value;
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, universalInput(shape.value, item, `${path}.${key}`)]),
      );
    case 'blob':
      return typeof value === 'string' ? Buffer.from(value) : value;
    case 'timestamp':
      return typeof value === 'string' ? new Date(value) : value;
    default:
      return value;
  }
}

function structure(shape: StructureShape, value: unknown, path: string): unknown {
  if (!isObject(value)) return value;
  const names = new Map([...shape.members.keys()].map((name) => [capitalized(name), name]));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const at = path === '' ? key : `${path}.${key}`;
      const name = names.get(key);
      if (name === undefined)
        throw new ServiceError('ValidationException', `Invalid request input: unknown member ${at}`);
      return [name, universalInput(shape.members.get(name)!.shape, item, at)];
    }),
  );
}

export function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
