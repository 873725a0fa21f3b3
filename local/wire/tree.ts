import type { ScalarShape, Shape, TimestampFormat, Traits } from './shapes';

/** How one protocol writes what JSON's tree of objects has no type of its own for. */
export interface TreeDialect {
  key(name: string, traits: Traits): string;
  /** What does not fit is given back as it is. */
  readTimestamp(value: unknown): unknown;
  readBlob(value: unknown): unknown;
  writeTimestamp(value: Date, shape: ScalarShape): unknown;
  writeBlob(value: Uint8Array): unknown;
}

/** Brings a parsed tree into the SDK's types. What does not fit its shape stays as it is: the validator names it. */
export function fromTree(shape: Shape, value: unknown, dialect: TreeDialect): unknown {
  switch (shape.kind) {
    case 'structure': {
      if (!isObject(value)) return value;
      const input: Record<string, unknown> = {};
      const left = new Set(Object.keys(value));
      for (const member of shape.members.values()) {
        const key = dialect.key(member.name, member.traits);
        if (!left.delete(key)) continue;
        const item = value[key];
        // A null member counts as absent.
        if (item !== null && item !== undefined) input[member.name] = fromTree(member.shape, item, dialect);
      }
      // `__type` may accompany any structure.
      for (const key of left) if (key !== '__type' && value[key] !== null) input[key] = value[key];
      return input;
    }
    case 'list':
      return Array.isArray(value) ? value.map((item) => fromTree(shape.member, item, dialect)) : value;
    case 'map':
      return isObject(value) ? mapValues(value, (item) => fromTree(shape.value, item, dialect)) : value;
    case 'timestamp':
      return dialect.readTimestamp(value);
    case 'blob':
      return dialect.readBlob(value);
    default:
      return value;
  }
}

/** The reverse, for answers; what is `undefined` is left out. */
export function toTree(shape: Shape, value: unknown, dialect: TreeDialect): unknown {
  if (value === null || isWrittenAsIs(shape)) return value;
  switch (shape.kind) {
    case 'structure': {
      const output: Record<string, unknown> = {};
      for (const [name, item] of Object.entries(value as object)) {
        if (item === undefined) continue;
        const member = shape.members.get(name)!;
        output[dialect.key(name, member.traits)] = toTree(member.shape, item, dialect);
      }
      return output;
    }
    case 'list':
      return (value as unknown[]).map((item) => toTree(shape.member, item, dialect));
    case 'map':
      return mapValues(value as Record<string, unknown>, (item) => toTree(shape.value, item, dialect));
    case 'timestamp':
      return dialect.writeTimestamp(value as Date, shape);
    case 'blob':
      return dialect.writeBlob(value as Uint8Array);
    default:
      return value;
  }
}

export const JSON_DIALECT: TreeDialect = {
  key: (name) => name,
  readTimestamp: (value) =>
    typeof value === 'number' ? new Date(value * 1000) : typeof value === 'string' ? new Date(value) : value,
  readBlob: (value) =>
    typeof value === 'string' && BASE64.test(value) ? new Uint8Array(Buffer.from(value, 'base64')) : value,
  writeTimestamp: (value, shape) => formatTimestamp(value, shape, 'epoch-seconds'),
  writeBlob: (value) => Buffer.from(value).toString('base64'),
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** @returns a number for epoch seconds, else text. */
export function formatTimestamp(date: Date, shape: ScalarShape, byDefault: TimestampFormat): number | string {
  switch (shape.format ?? byDefault) {
    case 'epoch-seconds':
      return date.getTime() / 1000;
    case 'http-date':
      return date.toUTCString();
    case 'date-time':
      return date.toISOString().replace('.000Z', 'Z');
  }
}

const writtenAsIs = new WeakMap<Shape, boolean>();

/** Most shapes hold only text, numbers and booleans, which JSON writes without our looking at each. */
function isWrittenAsIs(shape: Shape): boolean {
  let known = writtenAsIs.get(shape);
  if (known === undefined) writtenAsIs.set(shape, (known = !needsConversion(shape, new Set())));
  return known;
}

function needsConversion(shape: Shape, seen: Set<Shape>): boolean {
  if (seen.has(shape)) return false;
  seen.add(shape);
  switch (shape.kind) {
    case 'structure':
      return [...shape.members.values()].some(
        (member) => member.traits.jsonName !== undefined || needsConversion(member.shape, seen),
      );
    case 'list':
      return needsConversion(shape.member, seen);
    case 'map':
      return needsConversion(shape.value, seen);
    case 'timestamp':
    case 'blob':
      return true;
    default:
      return false;
  }
}

function mapValues(object: Record<string, unknown>, change: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
