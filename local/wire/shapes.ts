import { NormalizedSchema } from '@smithy/core/schema';
import { rulesOf } from './constraints';
import type { Rule } from './constraints';

/**
 * The shapes of an SDK's schemas, resolved once: what the wire's readers and writers and the validator walk. The SDK's own
 * schemas are made for lazy loading and make new objects at every step.
 */
export type Shape = StructureShape | ListShape | MapShape | ScalarShape;

export interface StructureShape {
  readonly kind: 'structure';
  readonly name: string;
  /** Required ones first. */
  readonly members: ReadonlyMap<string, Member>;
}

export interface ListShape {
  readonly kind: 'list';
  readonly member: Shape;
  readonly memberTraits: Traits;
  readonly sparse: boolean;
}

export interface MapShape {
  readonly kind: 'map';
  readonly keyTraits: Traits;
  readonly value: Shape;
  readonly valueTraits: Traits;
  readonly sparse: boolean;
}

export type ScalarKind = 'string' | 'number' | 'boolean' | 'blob' | 'timestamp' | 'document' | 'unit';

export interface ScalarShape {
  readonly kind: ScalarKind;
  /** Of timestamps, where the model says so. */
  readonly format?: TimestampFormat;
}

export type TimestampFormat = 'date-time' | 'http-date' | 'epoch-seconds';

export interface Member {
  readonly name: string;
  readonly shape: Shape;
  readonly required: boolean;
  /** Which values of its type are allowed. */
  readonly rules: readonly Rule[];
  readonly traits: Traits;
}

/** Smithy traits that say how something is written on the wire. */
export interface Traits {
  readonly jsonName?: string;
  readonly xmlName?: string;
  readonly xmlFlattened?: 1;
  readonly ec2QueryName?: string;
  readonly httpLabel?: 1;
  readonly httpQuery?: string;
  readonly httpHeader?: string;
  readonly httpPayload?: 1;
  readonly httpResponseCode?: 1;
}

const TIMESTAMP_FORMATS: Readonly<Record<number, TimestampFormat | undefined>> = {
  5: 'date-time',
  6: 'http-date',
  7: 'epoch-seconds',
};

type Schema = Parameters<typeof NormalizedSchema.of>[0];

/** Shapes refer to each other in circles, so a structure is remembered before its members are resolved. */
const structures = new WeakMap<object, StructureShape>();

export function shapeOf(schema: Schema): Shape {
  return resolve(NormalizedSchema.of(schema));
}

function resolve(schema: NormalizedSchema): Shape {
  if (schema.isStructSchema()) return structure(schema);
  if (schema.isListSchema()) {
    const member = schema.getValueSchema();
    return { kind: 'list', member: resolve(member), memberTraits: traitsOf(member), sparse: isSparse(schema) };
  }
  if (schema.isMapSchema()) {
    const value = schema.getValueSchema();
    return {
      kind: 'map',
      keyTraits: traitsOf(schema.getKeySchema()),
      value: resolve(value),
      valueTraits: traitsOf(value),
      sparse: isSparse(schema),
    };
  }
  if (schema.isTimestampSchema()) return { kind: 'timestamp', format: TIMESTAMP_FORMATS[Number(schema.getSchema())] };
  return { kind: scalarKind(schema) };
}

function structure(schema: NormalizedSchema): StructureShape {
  const source = schema.getSchema() as unknown as readonly unknown[];
  const known = structures.get(source);
  if (known) return known;
  const members = new Map<string, Member>();
  const shape: StructureShape = { kind: 'structure', name: schema.getName() ?? '', members };
  structures.set(source, shape);
  // The required members come first; their number is the schema's last element.
  const requiredCount = typeof source[6] === 'number' ? source[6] : 0;
  for (const [name, member] of schema.structIterator()) {
    members.set(name, {
      name,
      shape: resolve(member),
      required: members.size < requiredCount,
      rules: rulesOf(String(source[1]), shape.name, name),
      traits: traitsOf(member),
    });
  }
  return shape;
}

function scalarKind(schema: NormalizedSchema): ScalarKind {
  if (schema.isStringSchema()) return 'string';
  if (schema.isBooleanSchema()) return 'boolean';
  if (schema.isNumericSchema() || schema.isBigIntegerSchema() || schema.isBigDecimalSchema()) return 'number';
  if (schema.isBlobSchema()) return 'blob';
  if (schema.isDocumentSchema()) return 'document';
  if (schema.isUnitSchema()) return 'unit';
  throw new Error(`Unknown kind of schema: ${schema.getName(true)}`);
}

function traitsOf(schema: NormalizedSchema): Traits {
  return schema.getMergedTraits() as Traits;
}

function isSparse(schema: NormalizedSchema): boolean {
  return 'sparse' in schema.getMergedTraits();
}
