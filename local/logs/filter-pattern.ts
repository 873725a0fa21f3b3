import { ServiceError } from '../wire/service';

export type MessageFilter = (message: string) => boolean;

/**
 * The filter patterns that are in common use: terms (`ERROR "two words" ?either ?or -without`) and comparisons of JSON
 * fields (`{ $.level = "ERROR" && $.count >= 3 }`).
 * @throws ServiceError for any other.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function compileFilterPattern(pattern: string): MessageFilter {
  const trimmed = pattern.trim();
  return trimmed.startsWith('{') ? jsonFilter(trimmed) : termFilter(trimmed);
}

function termFilter(pattern: string): MessageFilter {
  const all: string[] = [];
  const any: string[] = [];
  const none: string[] = [];
  for (const [, sign, quoted, word] of pattern.matchAll(/([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))/g)) {
    const term = quoted?.replace(/\\(.)/g, '$1') ?? word!;
    (sign === '?' ? any : sign === '-' ? none : all).push(term);
  }
  return (message) =>
    all.every((term) => message.includes(term)) &&
    (any.length === 0 || any.some((term) => message.includes(term))) &&
    !none.some((term) => message.includes(term));
}

const COMPARISON = /^\$((?:\.[\w-]+|\[\d+\])+)\s*(=|!=|<=|>=|<|>)\s*("(?:[^"\\]|\\.)*"|[^\s"&|]+)$/;

function jsonFilter(pattern: string): MessageFilter {
  if (!pattern.endsWith('}')) throw unsupported(pattern);
  const alternatives = pattern
    .slice(1, -1)
    .split('||')
    .map((alternative) => alternative.split('&&').map((comparison) => compileComparison(comparison.trim(), pattern)));
  return (message) => {
    const document = parse(message);
    return document !== undefined && alternatives.some((comparisons) => comparisons.every((holds) => holds(document)));
  };
}

function compileComparison(comparison: string, pattern: string): (document: object) => boolean {
  const match = COMPARISON.exec(comparison);
  if (match === null) throw unsupported(pattern);
  const [, path, operator, operand] = match as unknown as [string, string, string, string];
  const steps = [...path.matchAll(/[\w-]+/g)].map(([step]) => step);
  const quoted = operand.startsWith('"');
  const text = quoted ? (JSON.parse(operand) as string) : operand;
  const wanted = new RegExp(`^${text.split('*').map(escapeExpression).join('.*')}$`, 's');
  const number = Number(operand);
  return (document) => {
    const value = steps.reduce<unknown>(
      (at, step) => (at as Record<string, unknown> | null | undefined)?.[step],
      document,
    );
    if (value === undefined) return false;
    const same = !quoted && typeof value === 'number' ? value === number : wanted.test(String(value));
    switch (operator) {
      case '=':
        return same;
      case '!=':
        return !same;
      case '<':
        return typeof value === 'number' && value < number;
      case '<=':
        return typeof value === 'number' && value <= number;
      case '>':
        return typeof value === 'number' && value > number;
      default:
        return typeof value === 'number' && value >= number;
    }
  };
}

function escapeExpression(literal: string): string {
  return literal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function parse(message: string): object | undefined {
  if (!message.startsWith('{')) return undefined;
  try {
    return JSON.parse(message) as object;
  } catch {
    return undefined;
  }
}

function unsupported(pattern: string): ServiceError {
  return new ServiceError(
    'InvalidParameterException',
    `Invalid filter pattern, or one that the local AWS does not know: ${pattern}`,
  );
}
