import { ServiceError } from '../wire/service';

export interface InputTransformer {
  /** JSON path by variable. */
  readonly paths: Readonly<Record<string, string>>;
  /** Text with `<variable>`s: JSON, or strings in quotes, one a line. */
  readonly template: string;
}

/** Values of the variables that are always there, by name. */
export type ReservedVariables = Readonly<Record<`aws.events.${string}`, unknown>>;

const VARIABLE = /<([\w.-]+)>/g;

/**
 * Fills the template in: inside quotes a variable is text, outside it is a JSON value. What its path does not lead to is
 * the empty string.
 * @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
 */
export function transformInput(
  { paths, template }: InputTransformer,
  event: unknown,
  reserved: ReservedVariables,
): string {
  const valueOf = (name: string): unknown => {
    if (name in reserved) return reserved[name as `aws.events.${string}`];
    return name in paths ? valueAt(event, paths[name]!) : undefined;
  };
  let output = '';
  let quoted = false;
  let position = 0;
  for (const match of template.matchAll(VARIABLE)) {
    const literal = template.slice(position, match.index);
    quoted = quotedAfter(literal, quoted);
    const value = valueOf(match[1]!);
    output += literal + (quoted ? asText(value) : JSON.stringify(value ?? ''));
    position = match.index + match[0].length;
  }
  return output + template.slice(position);
}

/** @throws ServiceError as `PutTargets` refuses a template that uses variables which are not there. */
export function validateTransformer({ paths, template }: InputTransformer): void {
  for (const [name, path] of Object.entries(paths)) {
    if (name.startsWith('aws.')) throw invalid(`InputPathsMap must not define the reserved variable ${name}`);
    parsePath(path);
  }
  for (const [, name] of template.matchAll(VARIABLE)) {
    if (!(name! in paths) && !name!.startsWith('aws.events.')) {
      throw invalid(`InputTemplate uses the variable ${name}, which InputPathsMap does not define`);
    }
  }
}

/** What a path leads to, undefined when to nothing. A wildcard gives the array of all that it leads to. */
export function valueAt(event: unknown, path: string): unknown {
  let values = [event];
  let many = false;
  for (const step of parsePath(path)) {
    if (step === '*') {
      many = true;
      values = values.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
    } else {
      values = values.flatMap((value) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, step)
          ? [(value as Record<string, unknown>)[step]]
          : [],
      );
    }
  }
  return many ? values : values[0];
}

function parsePath(path: string): string[] {
  if (!/^\$(\.[\w\-/]+|\.\*|\[\d+\]|\[\*\]|\['[^']+'\])*$/.test(path)) {
    throw invalid(`Invalid JSON path ${path}`);
  }
  return [...path.matchAll(/\.([\w\-/]+|\*)|\[(\d+|\*)\]|\['([^']+)'\]/g)].map(
    (step) => (step[1] ?? step[2] ?? step[3])!,
  );
}

function quotedAfter(literal: string, quoted: boolean): boolean {
  const quotes = literal.replace(/\\./gs, '').match(/"/g)?.length ?? 0;
  return quotes % 2 === 1 ? !quoted : quoted;
}

/** Inside a string, an object loses its quotes, so that the string stays one. */
function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value).replaceAll('"', '') : String(value);
  return JSON.stringify(text).slice(1, -1);
}

function invalid(message: string): ServiceError {
  return new ServiceError('ValidationException', message);
}
