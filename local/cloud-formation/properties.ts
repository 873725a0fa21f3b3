import { NormalizedSchema } from '@smithy/core/schema';
import type { StaticSchema } from '@smithy/types';
import type { Properties } from './template';
import { TemplateError } from './template';

/**
 * Makes an API request of a resource's properties, guided by the SDK's schema of the request. CloudFormation's names
 * differ from the APIs' in case only; it takes numbers and booleans as text, documents as objects where the API wants
 * JSON, and tags as a list where the API wants a map.
 */
export function apiInput<T>(schema: StaticSchema, properties: Properties): T {
  return structure(NormalizedSchema.of(schema), properties, '') as T;
}

function convert(schema: NormalizedSchema, value: unknown, path: string): unknown {
  if (schema.isStructSchema()) return structure(schema, value, path);
  if (schema.isListSchema()) {
    const items = Array.isArray(value) ? value : [value];
    return items.map((item, index) => convert(schema.getValueSchema(), item, `${path}[${index}]`));
  }
  if (schema.isMapSchema()) {
    const entries = Array.isArray(value) ? value.map(tag) : Object.entries(objectAt(value, path));
    return Object.fromEntries(
      entries.map(([key, member]) => [key, convert(schema.getValueSchema(), member, `${path}.${key}`)]),
    );
  }
  if (schema.isBooleanSchema()) return boolean(value, path);
  if (schema.isNumericSchema()) return number(value, path);
  if (schema.isTimestampSchema()) return new Date(String(value));
  if (schema.isStringSchema()) return typeof value === 'object' ? JSON.stringify(value) : String(value);
  return value;
}

function structure(schema: NormalizedSchema, value: unknown, path: string): object {
  const members = new Map([...schema.structIterator()].map(([name, member]) => [name.toLowerCase(), { name, member }]));
  const given = Object.entries(objectAt(value, path)).filter(([, property]) => property !== undefined);
  const converted = given.map(([key, property]) => {
    const at = path === '' ? key : `${path}.${key}`;
    const found = members.get(key.toLowerCase());
    if (found === undefined) throw new TemplateError(`${at}: ${schema.getName()} has no such member`);
    return [found.name, convert(found.member, property, at)] as const;
  });
  return Object.fromEntries(converted);
}

function objectAt(value: unknown, path: string): object {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    throw new TemplateError(`${path}: expected an object, got ${JSON.stringify(value)}`);
  }
  return value;
}

function tag(item: unknown): [string, unknown] {
  const { Key, Value } = item as { Key: string; Value: unknown };
  return [Key, Value];
}

function boolean(value: unknown, path: string): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new TemplateError(`${path}: expected a boolean, got ${JSON.stringify(value)}`);
}

function number(value: unknown, path: string): number {
  const converted =
    typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : NaN;
  if (Number.isNaN(converted)) throw new TemplateError(`${path}: expected a number, got ${JSON.stringify(value)}`);
  return converted;
}

/** For an update: what the template no longer says goes back to its default, which the API has to be told. */
export function backToDefaults(former: Properties, properties: Properties, defaults: Properties): Properties {
  const gone = Object.entries(defaults).filter(([name]) => name in former && !(name in properties));
  return { ...properties, ...Object.fromEntries(gone) };
}

/** The properties but those named, which the API takes elsewhere or not at all. */
export function without(properties: Properties, ...names: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !names.includes(name)));
}

export function only(properties: Properties, ...names: readonly string[]): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => names.includes(name)));
}
