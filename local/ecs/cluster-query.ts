/**
 * ECS's cluster query language, as far as container instances are filtered by it.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html
 */
export type Condition<T> = (item: T) => boolean;

/** Reads a subject (`ec2InstanceId`, `attribute:NAME`, …) of an item; none when the item has no such thing. */
export type SubjectReader<T> = (item: T, subject: string) => readonly string[];

export class QuerySyntaxError extends Error {}

const TOKEN = /\s*(&&|\|\||==|!=|=~|!~|>=|<=|>|<|!in\b|!exists\b|[![\](),]|'[^']*'|"[^"]*"|[^\s()[\],'"=<>!&|~]+)/y;

/** @throws QuerySyntaxError on text that is no query */
export function parseQuery<T>(query: string, read: SubjectReader<T>): Condition<T> {
  const parser = new Parser(tokens(query), read);
  return parser.whole();
}

function tokens(query: string): string[] {
  const found: string[] = [];
  TOKEN.lastIndex = 0;
  const end = query.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(query);
    if (!match) throw new QuerySyntaxError(`Invalid expression: ${query}`);
    found.push(match[1]!);
  }
  return found;
}

type Comparison = (actual: readonly string[], wanted: readonly string[]) => boolean;

const equals: Comparison = (actual, [wanted]) => actual.includes(wanted!);
const within: Comparison = (actual, wanted) => actual.some((one) => wanted.includes(one));
const matches: Comparison = (actual, [pattern]) => {
  const expression = new RegExp(`^(?:${pattern})$`);
  return actual.some((one) => expression.test(one));
};
const ordered =
  (holds: (order: number) => boolean): Comparison =>
  (actual, [wanted]) =>
    actual.some((one) => holds(compare(one, wanted!)));
const not =
  (comparison: Comparison): Comparison =>
  (actual, wanted) =>
    !comparison(actual, wanted);

const COMPARISONS: Readonly<Record<string, Comparison>> = {
  '==': equals,
  equals,
  '!=': not(equals),
  not_equals: not(equals),
  in: within,
  '!in': not(within),
  not_in: not(within),
  '=~': matches,
  matches,
  '!~': not(matches),
  not_matches: not(matches),
  '>': ordered((order) => order > 0),
  greater_than: ordered((order) => order > 0),
  '>=': ordered((order) => order >= 0),
  greater_than_equal: ordered((order) => order >= 0),
  '<': ordered((order) => order < 0),
  less_than: ordered((order) => order < 0),
  '<=': ordered((order) => order <= 0),
  less_than_equal: ordered((order) => order <= 0),
};

/** Numbers, versions (number by number) and ISO dates. */
function compare(a: string, b: string): number {
  if (/^\d{4}-\d\d-\d\d/.test(b)) return Date.parse(a) - Date.parse(b);
  const left = a.split('.').map(Number);
  const right = b.split('.').map(Number);
  const difference = Array.from({ length: Math.max(left.length, right.length) }, (_, index) => index).find(
    (index) => (left[index] ?? 0) !== (right[index] ?? 0),
  );
  return difference === undefined ? 0 : (left[difference] ?? 0) - (right[difference] ?? 0);
}

class Parser<T> {
  private position = 0;

  constructor(
    private readonly tokens: readonly string[],
    private readonly read: SubjectReader<T>,
  ) {}

  whole(): Condition<T> {
    const condition = this.either();
    if (this.position < this.tokens.length) throw this.unexpected();
    return condition;
  }

  private either(): Condition<T> {
    let left = this.both();
    while (this.take('||', 'or')) {
      const [first, second] = [left, this.both()];
      left = (item) => first(item) || second(item);
    }
    return left;
  }

  private both(): Condition<T> {
    let left = this.single();
    while (this.take('&&', 'and')) {
      const [first, second] = [left, this.single()];
      left = (item) => first(item) && second(item);
    }
    return left;
  }

  private single(): Condition<T> {
    if (this.take('!', 'not')) {
      const negated = this.single();
      return (item) => !negated(item);
    }
    if (this.take('(')) {
      const inner = this.either();
      this.expect(')');
      return inner;
    }
    const subject = this.word();
    if (this.take('exists')) return (item) => this.read(item, subject).length > 0;
    if (this.take('!exists', 'not_exists')) return (item) => this.read(item, subject).length === 0;
    const comparison = COMPARISONS[this.tokens[this.position] ?? ''];
    if (!comparison) throw this.unexpected();
    this.position++;
    const wanted = this.take('[') ? this.list() : [this.word()];
    return (item) => comparison(this.read(item, subject), wanted);
  }

  private list(): string[] {
    const words = [this.word()];
    while (this.take(',')) words.push(this.word());
    this.expect(']');
    return words;
  }

  private word(): string {
    const token = this.tokens[this.position];
    if (token === undefined || /^([![\](),]|[=<>&|~]+)$/.test(token)) throw this.unexpected();
    this.position++;
    return token.replace(/^(['"])(.*)\1$/, '$2');
  }

  private take(...alternatives: string[]): boolean {
    const taken = alternatives.includes(this.tokens[this.position] ?? '');
    if (taken) this.position++;
    return taken;
  }

  private expect(token: string): void {
    if (!this.take(token)) throw this.unexpected();
  }

  private unexpected(): QuerySyntaxError {
    const token = this.tokens[this.position];
    return new QuerySyntaxError(`Invalid expression: unexpected ${token === undefined ? 'end' : `'${token}'`}`);
  }
}
