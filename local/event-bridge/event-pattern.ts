import { BlockList, isIP } from 'node:net';
import { ServiceError } from '../wire/service';

/** Whether an event's JSON matches. */
export type EventMatcher = (event: unknown) => boolean;

/** Whether one value of the event, never an object or array, matches. */
type ValueTest = (value: Scalar) => boolean;
type Scalar = string | number | boolean | null;
type PatternObject = Readonly<Record<string, unknown>>;

/**
 * Compiles an event pattern.
 * @throws ServiceError as EventBridge refuses a pattern that is not valid.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 */
export function compileEventPattern(text: string): EventMatcher {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch {
    throw invalid('Filter is not valid JSON');
  }
  if (!isObject(pattern)) throw invalid('Filter is not an object');
  return compileObject(pattern);
}

/** All fields must match. */
function compileObject(pattern: PatternObject): EventMatcher {
  const fields = Object.entries(pattern);
  if (fields.length === 0) throw invalid('Empty objects are not allowed');
  const tests = fields.map(([name, condition]): EventMatcher => {
    if (name === '$or') return compileOr(condition);
    const matches = compileField(name, condition);
    return (value) => matches(isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined);
  });
  // An array of objects matches when one of its objects does, in all fields.
  const matches: EventMatcher = (value) =>
    Array.isArray(value) && value.length > 0 ? value.some(matches) : tests.every((test) => test(value));
  return matches;
}

function compileOr(alternatives: unknown): EventMatcher {
  if (!Array.isArray(alternatives) || alternatives.length < 2 || !alternatives.every(isObject)) {
    throw invalid('"$or" must be an array of at least two objects');
  }
  const tests = alternatives.map(compileObject);
  return (value) => tests.some((test) => test(value));
}

function compileField(name: string, condition: unknown): EventMatcher {
  if (isObject(condition)) return compileObject(condition);
  if (!Array.isArray(condition)) throw invalid(`"${name}" must be an object or an array`);
  if (condition.length === 0) throw invalid('Empty arrays are not allowed');
  const absence = condition.some((entry) => isObject(entry) && entry.exists === false);
  const tests = condition
    .filter((entry) => !(isObject(entry) && entry.exists === false))
    .map((entry) => compileEntry(name, entry));
  return (value) => {
    const values = leaves(value);
    if (values.length === 0) return absence;
    return values.some((leaf) => tests.some((test) => test(leaf)));
  };
}

/** The values that conditions look at: objects have none of their own, arrays those of their elements. */
function leaves(value: unknown): Scalar[] {
  if (Array.isArray(value)) return value.flatMap(leaves);
  return value === undefined || isObject(value) ? [] : [value as Scalar];
}

function compileEntry(name: string, entry: unknown): ValueTest {
  if (Array.isArray(entry)) throw invalid(`"${name}" must not hold an array in an array`);
  if (!isObject(entry)) return (value) => value === entry;
  const operators = Object.keys(entry);
  if (operators.length !== 1) throw invalid('Only one key allowed in match expression');
  const operator = operators[0]!;
  const compile = OPERATORS[operator];
  if (compile === undefined) throw invalid(`Unrecognized match type ${operator}`);
  return compile(entry[operator]);
}

const OPERATORS: Readonly<Record<string, (operand: unknown) => ValueTest>> = {
  exists: (operand) => {
    if (operand !== true) throw invalid('exists match pattern must be either true or false.');
    return () => true;
  },
  prefix: (operand) => affix('prefix', operand, (value, prefix) => value.startsWith(prefix)),
  suffix: (operand) => affix('suffix', operand, (value, suffix) => value.endsWith(suffix)),
  'equals-ignore-case': (operand) => {
    const wanted = text('equals-ignore-case', operand).toLowerCase();
    return (value) => typeof value === 'string' && value.toLowerCase() === wanted;
  },
  wildcard: (operand) => wildcard(text('wildcard', operand)),
  numeric,
  cidr,
  'anything-but': anythingBut,
};

function affix(name: string, operand: unknown, holds: (value: string, affix: string) => boolean): ValueTest {
  if (isObject(operand)) {
    const wanted = text(name, operand['equals-ignore-case']).toLowerCase();
    return (value) => typeof value === 'string' && holds(value.toLowerCase(), wanted);
  }
  const wanted = text(name, operand);
  return (value) => typeof value === 'string' && holds(value, wanted);
}

/** `*` stands for any characters; `\*` and `\\` for themselves. */
function wildcard(pattern: string): ValueTest {
  if (/(?<!\\)(\\\\)*\*\*/.test(pattern)) throw invalid('Consecutive wildcard characters');
  const source = pattern.replace(/\\[*\\]|\\|\*|[^\\*]+/g, (token) => {
    if (token === '*') return '.*';
    if (token === '\\') throw invalid('Invalid escape character');
    return escapeExpression(token.startsWith('\\') ? token.slice(1) : token);
  });
  const expression = new RegExp(`^${source}$`, 's');
  return (value) => typeof value === 'string' && expression.test(value);
}

function escapeExpression(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

const COMPARISONS: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '<': (value, limit) => value < limit,
  '<=': (value, limit) => value <= limit,
  '=': (value, limit) => value === limit,
  '>=': (value, limit) => value >= limit,
  '>': (value, limit) => value > limit,
};

function numeric(operand: unknown): ValueTest {
  if (!Array.isArray(operand) || (operand.length !== 2 && operand.length !== 4)) {
    throw invalid('Invalid member in numeric match: one or two pairs of operator and number are needed');
  }
  const tests: ((value: number) => boolean)[] = [];
  for (let i = 0; i < operand.length; i += 2) {
    const compare = COMPARISONS[String(operand[i])];
    const limit: unknown = operand[i + 1];
    if (compare === undefined) throw invalid(`Unrecognized numeric range operator: ${String(operand[i])}`);
    if (typeof limit !== 'number') throw invalid('Value of numeric match must be numeric');
    tests.push((value) => compare(value, limit));
  }
  return (value) => typeof value === 'number' && tests.every((test) => test(value));
}

function cidr(operand: unknown): ValueTest {
  const [address = '', bits = ''] = text('cidr', operand).split('/');
  const version = isIP(address);
  const length = Number(bits);
  if (version === 0 || !/^\d+$/.test(bits) || length > (version === 4 ? 32 : 128)) {
    throw invalid('Malformed CIDR, one slash required');
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const block = new BlockList();
  block.addSubnet(address, length, family);
  return (value) => typeof value === 'string' && isIP(value) === version && block.check(value, family);
}

function anythingBut(operand: unknown): ValueTest {
  if (isObject(operand)) {
    const operators = Object.keys(operand);
    const operator = operators[0] ?? '';
    if (operators.length !== 1 || !['prefix', 'suffix', 'equals-ignore-case', 'wildcard'].includes(operator)) {
      throw invalid(`Unsupported anything-but pattern: ${operators.join(', ')}`);
    }
    const tests = listOf(operand[operator]).map((unwanted) => OPERATORS[operator]!(unwanted));
    return (value) => !tests.some((test) => test(value));
  }
  const unwanted = listOf(operand);
  if (!unwanted.every((value) => ['string', 'number', 'boolean'].includes(typeof value) || value === null)) {
    throw invalid('Inside anything-but list, values must be strings, numbers, true, false or null');
  }
  return (value) => !unwanted.includes(value);
}

function listOf(operand: unknown): unknown[] {
  const list: unknown[] = Array.isArray(operand) ? operand : [operand];
  if (list.length === 0) throw invalid('Empty arrays are not allowed');
  return list;
}

function text(operator: string, operand: unknown): string {
  if (typeof operand !== 'string' || operand === '') throw invalid(`${operator} match pattern must be a string`);
  return operand;
}

function isObject(value: unknown): value is PatternObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: string): ServiceError {
  return new ServiceError('InvalidEventPatternException', `Event pattern is not valid. Reason: ${reason}`);
}
