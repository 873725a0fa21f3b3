import data from './constraints.json';

/** A rule for the values of a member, with the words in which AWS says that one breaks it. */
export interface Rule {
  readonly text: string;
  /** @param value of the member's type */
  holds(value: unknown): boolean;
}

/** What AWS's own model says of a shape. */
interface Constraints {
  readonly minimum?: number;
  readonly maximum?: number;
  /** Of a text, list or map. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** That the whole text matches. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** Shapes of the items of a list, of the keys and values of a map. */
  readonly each?: string;
  readonly key?: string;
  readonly value?: string;
}

interface Namespace {
  readonly shapes: Readonly<Record<string, Constraints>>;
  /** The shape of each constrained member of a structure. */
  readonly structures: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Where no model says so: no service of AWS has pages of no items. */
const AT_LEAST_ONE = rules({ minimum: 1 }, { shapes: {}, structures: {} });
const PAGE_SIZES = /^(limit|maxResults|maxItems|maxRecords)$/i;

/**
 * What a member of a structure is held to.
 * @param space namespace of the service's model, such as `com.amazonaws.scheduler`
 */
export function rulesOf(space: string, structure: string, member: string): readonly Rule[] {
  const namespace = (data as Readonly<Record<string, Namespace>>)[space];
  const name = namespace?.structures[structure]?.[member];
  if (namespace && name !== undefined) return rules(namespace.shapes[name]!, namespace);
  return PAGE_SIZES.test(member) ? AT_LEAST_ONE : [];
}

function rules(constraints: Constraints, namespace: Namespace): Rule[] {
  const { minimum, maximum, minLength, maxLength, pattern, enum: choices, each, key, value: inner } = constraints;
  const found: Rule[] = [];
  const rule = (text: string, holds: Rule['holds']): unknown => found.push({ text, holds });
  if (maximum !== undefined) {
    rule(`Member must have value less than or equal to ${maximum}`, (value) => Number(value) <= maximum);
  }
  if (minimum !== undefined) {
    rule(`Member must have value greater than or equal to ${minimum}`, (value) => Number(value) >= minimum);
  }
  if (maxLength !== undefined) {
    rule(`Member must have length less than or equal to ${maxLength}`, (value) => lengthOf(value) <= maxLength);
  }
  if (minLength !== undefined) {
    rule(`Member must have length greater than or equal to ${minLength}`, (value) => lengthOf(value) >= minLength);
  }
  if (pattern !== undefined) {
    const whole = expression(pattern);
    rule(`Member must satisfy regular expression pattern: ${pattern}`, (value) => whole.test(String(value)));
  }
  if (choices) {
    rule(`Member must satisfy enum value set: [${choices.join(', ')}]`, (value) => choices.includes(String(value)));
  }
  const ofParts = (shape: string | undefined, text: string, parts: (value: object) => readonly unknown[]): void => {
    if (shape === undefined) return;
    const rulesOfPart = rules(namespace.shapes[shape]!, namespace);
    const texts = [...rulesOfPart.map((part) => part.text), 'Member must not be null'];
    rule(`${text}: [${texts.join(', ')}]`, (value) =>
      parts(Object(value) as object).every((part) => rulesOfPart.every(({ holds }) => holds(part))),
    );
  };
  ofParts(each, 'Member must satisfy constraint', Object.values);
  ofParts(key, 'Map keys must satisfy constraint', Object.keys);
  ofParts(inner, 'Map value must satisfy constraint', Object.values);
  return found;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return [...value].length;
  return value instanceof Uint8Array ? value.length : Object.keys(Object(value) as object).length;
}

/** Models are written for Java, which matches a whole text and minds less what is escaped without need. */
function expression(pattern: string): RegExp {
  const whole = `^(?:${pattern})$`;
  try {
    return new RegExp(whole, 'su');
  } catch {
    return new RegExp(whole, 's');
  }
}
