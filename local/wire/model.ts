import { NormalizedSchema } from '@smithy/core/schema';
import type { WireRequest } from './message';
import { shapeOf } from './shapes';
import type { Shape, StructureShape } from './shapes';

/** One operation of a service, as its SDK client describes it. */
export interface OperationModel {
  readonly name: string;
  readonly input: Shape;
  readonly output: Shape;
  /** Of REST protocols. */
  readonly http?: { readonly method: string; readonly path: string; readonly status: number };
}

export interface ErrorModel {
  /** The shape's name, as JSON protocols send it. */
  readonly name: string;
  /** What query protocols send instead, with its status. */
  readonly queryCode?: string;
  readonly queryStatus?: number;
  readonly status: number;
  readonly shape: StructureShape;
}

/** There is much to read in an SDK module, and it never changes. */
const models = new WeakMap<object, ServiceModel>();

/** @param sdk the namespace of an `@aws-sdk/client-…` module */
export function modelOf(sdk: object): ServiceModel {
  let model = models.get(sdk);
  if (!model) models.set(sdk, (model = new ServiceModel(sdk)));
  return model;
}

/** What an SDK client's exported schemas say about its service. */
export class ServiceModel {
  private readonly schemas = new Map<string, unknown[]>();
  private readonly resolved = new Map<string, OperationModel>();
  private readonly errors = new Map<string, ErrorModel>();
  /** Such as `com.amazonaws.batch`. */
  readonly namespace: string;
  private routes?: readonly Route[];

  constructor(sdk: object) {
    let namespace = '';
    for (const value of Object.values(sdk) as unknown[]) {
      if (!Array.isArray(value)) continue;
      const [kind, space, name] = value as [number, string, string];
      if (kind === OPERATION) {
        this.schemas.set(name, value);
        namespace = space;
      } else if (kind === ERROR) {
        const error = errorModel(value);
        this.errors.set(error.name, error);
        if (error.queryCode !== undefined) this.errors.set(error.queryCode, error);
      }
    }
    this.namespace = namespace;
  }

  operation(name: string): OperationModel | undefined {
    const known = this.resolved.get(name);
    if (known) return known;
    const schema = this.schemas.get(name);
    if (!schema) return undefined;
    const [, , , traits, input, output] = schema as [number, string, string, Traits, SchemaRef, SchemaRef];
    const binding = typeof traits === 'object' ? traits.http : undefined;
    const model: OperationModel = {
      name,
      input: shapeOf(input),
      output: shapeOf(output),
      ...(binding && { http: { method: binding[0], path: binding[1], status: binding[2] } }),
    };
    this.resolved.set(name, model);
    return model;
  }

  /** Finds a REST operation, with the labels of its path. */
  route({
    method,
    path,
    query,
  }: Pick<WireRequest, 'method' | 'path' | 'query'>):
    { operation: OperationModel; labels: Record<string, string> } | undefined {
    // The more particular goes first: a literal before a label in its place, and what asks for a certain parameter.
    this.routes ??= [...this.schemas]
      .flatMap(([name, schema]) => routeOf(name, schema))
      .sort((a, b) => a.labels.length - b.labels.length || b.query.length - a.query.length);
    const plain = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
    for (const route of this.routes) {
      const match = route.method === method ? route.pattern.exec(plain) : null;
      if (!match || !route.query.every(([key, value]) => query[key] === value)) continue;
      const labels: Record<string, string> = {};
      route.labels.forEach((label, index) => (labels[label] = decodeURIComponent(match[index + 1]!)));
      return { operation: this.operation(route.operation)!, labels };
    }
    return undefined;
  }

  /** By shape name or by query code. */
  error(code: string): ErrorModel | undefined {
    return this.errors.get(code);
  }
}

const OPERATION = 9;
const ERROR = -3;

type SchemaRef = Parameters<typeof shapeOf>[0];
type Traits = { http?: [method: string, path: string, status: number] } | number;

interface Route {
  method: string;
  pattern: RegExp;
  labels: readonly string[];
  /** Parameters that tell operations of the same path apart. */
  query: readonly (readonly [string, string])[];
  operation: string;
}

function routeOf(operation: string, schema: unknown[]): Route[] {
  const traits = schema[3] as Traits;
  if (typeof traits !== 'object' || !traits.http) return [];
  const [method, template] = traits.http;
  const [path = '', query] = template.split('?');
  const labels: string[] = [];
  const pattern = path
    .replace(/\/$/, '')
    .replace(/[.()*$?^|[\]\\]/g, '\\$&')
    .replace(/\{(\w+)(\+?)\}/g, (_, label: string, greedy: string) => {
      labels.push(label);
      return greedy ? '(.+)' : '([^/]+)';
    });
  return [{ method, pattern: new RegExp(`^${pattern}$`), labels, query: [...new URLSearchParams(query)], operation }];
}

function errorModel(schema: unknown[]): ErrorModel {
  const normalized = NormalizedSchema.of(schema as unknown as SchemaRef);
  const traits = normalized.getMergedTraits() as {
    error?: string;
    httpError?: number;
    awsQueryError?: [code: string, status: number];
  };
  return {
    name: normalized.getName() ?? '',
    queryCode: traits.awsQueryError?.[0],
    queryStatus: traits.awsQueryError?.[1],
    status: traits.httpError ?? (traits.error === 'server' ? 500 : 400),
    shape: shapeOf(schema as unknown as SchemaRef) as StructureShape,
  };
}
