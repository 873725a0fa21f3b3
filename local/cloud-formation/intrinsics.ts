import { subnetBlocks } from './cidr';
import { TemplateError } from './template';

/** What a template's functions can ask for. */
export interface Scope {
  /** A parameter, a pseudo parameter or a resource's physical id; undefined for `AWS::NoValue`. */
  ref(name: string): unknown;
  attribute(logicalId: string, attribute: string): unknown;
  condition(name: string): boolean;
  mapping(name: string, topLevelKey: string, secondLevelKey: string): unknown;
  importValue(exportName: string): unknown;
  availabilityZones(region: string): readonly string[];
}

type Intrinsic = (argument: unknown, scope: Scope) => unknown;

/**
 * Functions whose arguments are resolved first. An unknown function is an error: it would otherwise reach a service as
 * an odd-looking object.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
const INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  Ref: (name, scope) => scope.ref(text(name)),
  'Fn::GetAtt': (target, scope) => {
    const [logicalId, ...attribute] = typeof target === 'string' ? target.split('.') : list(target).map(text);
    return scope.attribute(logicalId!, attribute.join('.'));
  },
  'Fn::Join': (argument) => {
    const [delimiter, parts] = list(argument);
    return list(parts).map(text).join(text(delimiter));
  },
  'Fn::Select': (argument) => {
    const [index, items] = list(argument);
    const item = list(items)[Number(index)];
    if (item === undefined) throw new TemplateError(`there is no item ${index} in ${JSON.stringify(items)}`);
    return item;
  },
  'Fn::Split': (argument) => {
    const [delimiter, source] = list(argument);
    return text(source).split(text(delimiter));
  },
  'Fn::FindInMap': (argument, scope) => {
    const [name, topLevelKey, secondLevelKey] = list(argument).map(text);
    return scope.mapping(name!, topLevelKey!, secondLevelKey!);
  },
  'Fn::ImportValue': (name, scope) => scope.importValue(text(name)),
  'Fn::GetAZs': (region, scope) => scope.availabilityZones(text(region)),
  'Fn::Base64': (source) => Buffer.from(text(source)).toString('base64'),
  'Fn::Cidr': (argument) => {
    const [block, count, bits = 8] = list(argument);
    return subnetBlocks(text(block), Number(count), Number(bits));
  },
  'Fn::Length': (items) => list(items).length,
  'Fn::ToJsonString': (value) => JSON.stringify(value),
  'Fn::Equals': (argument) => {
    const [left, right] = list(argument);
    return text(left) === text(right);
  },
  'Fn::And': (argument) => list(argument).every(Boolean),
  'Fn::Or': (argument) => list(argument).some(Boolean),
  'Fn::Not': (argument) => !list(argument)[0],
  'Fn::Contains': (argument) => {
    const [items, item] = list(argument);
    return list(items).map(text).includes(text(item));
  },
};

/** Functions that look at their arguments as they stand. */
const LAZY_INTRINSICS: Readonly<Record<string, Intrinsic>> = {
  'Fn::If': (argument, scope) => {
    const [condition, whenTrue, whenFalse] = list(argument);
    return resolve(scope.condition(text(condition)) ? whenTrue : whenFalse, scope);
  },
  'Fn::Sub': (argument, scope) => {
    const [template, variables = {}] = Array.isArray(argument) ? argument : [argument];
    const values = resolve(variables, scope) as Record<string, unknown>;
    return text(template).replace(PLACEHOLDER, (_placeholder, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (name in values) return text(values[name]);
      const [logicalId, ...attribute] = name.split('.');
      return text(attribute.length > 0 ? scope.attribute(logicalId!, attribute.join('.')) : scope.ref(name));
    });
  },
};

const PLACEHOLDER = /\$\{([^}]+)\}/g;
const DYNAMIC_REFERENCE = /\{\{resolve:[^}]*\}\}/;

/** Resolves every function within a value. What is `AWS::NoValue` disappears from its object or list. */
export function resolve(value: unknown, scope: Scope): unknown {
  if (typeof value === 'string') {
    const reference = DYNAMIC_REFERENCE.exec(value);
    if (reference !== null) throw new TemplateError(`the dynamic reference ${reference[0]} is not supported locally`);
    return value;
  }
  if (Array.isArray(value)) return value.map((item) => resolve(item, scope)).filter((item) => item !== undefined);
  if (value === null || typeof value !== 'object') return value;

  const called = intrinsicOf(value);
  if (called !== undefined) {
    const lazy = LAZY_INTRINSICS[called.name];
    if (lazy !== undefined) return lazy(called.argument, scope);
    const intrinsic = INTRINSICS[called.name];
    if (intrinsic === undefined) throw new TemplateError(`${called.name} is not supported locally`);
    return intrinsic(resolve(called.argument, scope), scope);
  }
  const resolved = Object.entries(value).map(([key, member]) => [key, resolve(member, scope)] as const);
  return Object.fromEntries(resolved.filter(([, member]) => member !== undefined));
}

/** Evaluates a condition, in which `{"Condition": name}` is one more function. */
export function evaluateCondition(value: unknown, scope: Scope): boolean {
  const named = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(named);
    if (part === null || typeof part !== 'object') return part;
    const keys = Object.keys(part);
    if (keys.length === 1 && keys[0] === 'Condition')
      return scope.condition(text((part as { Condition: unknown }).Condition));
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, named(member)]));
  };
  return resolve(named(value), scope) === true;
}

/** The logical ids that a value refers to, in the branches that are taken. */
export function references(value: unknown, condition: (name: string) => boolean): Set<string> {
  const found = new Set<string>();
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) return part.forEach(visit);
    if (part === null || typeof part !== 'object') return;
    const called = intrinsicOf(part);
    if (called === undefined) return Object.values(part).forEach(visit);
    const { name, argument } = called;
    if (name === 'Ref') found.add(text(argument));
    else if (name === 'Fn::GetAtt')
      found.add(typeof argument === 'string' ? argument.split('.')[0]! : text(list(argument)[0]));
    else if (name === 'Fn::Sub') {
      const [template, variables = {}] = Array.isArray(argument) ? argument : [argument];
      for (const [, placeholder] of text(template).matchAll(PLACEHOLDER)) found.add(placeholder!.split('.')[0]!);
      visit(variables);
    } else if (name === 'Fn::If') {
      const [test, whenTrue, whenFalse] = list(argument);
      visit(condition(text(test)) ? whenTrue : whenFalse);
    } else visit(argument);
  };
  visit(value);
  return found;
}

function intrinsicOf(value: object): { name: string; argument: unknown } | undefined {
  const keys = Object.keys(value);
  const name = keys[0];
  if (keys.length !== 1 || name === undefined || (name !== 'Ref' && !name.startsWith('Fn::'))) return undefined;
  return { name, argument: (value as Record<string, unknown>)[name] };
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw new TemplateError(`expected a list, got ${JSON.stringify(value)}`);
  return value;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TemplateError(`expected a string, got ${JSON.stringify(value)}`);
}
