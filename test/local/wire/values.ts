import type { NormalizedSchema } from '@smithy/core/schema';
import type { Random } from '../../../local/simulation/random';
import { rulesOf } from '../../../local/wire/constraints';

const DEEPEST = 3;
const TRIES = 8;
const SHARE_OF_OPTIONAL_MEMBERS = 0.4;
const LETTERS = [...'abcXYZ019 <>&"\'\\/éß漢🚀\t%+='];

/** Makes random values of SDK schemas, in the SDK's own types; from the schema itself, not from what is under test. */
export class Values {
  /** @param pool what texts and numbers are taken from. @default - any, as far as the wire carries them */
  constructor(
    private readonly random: Random,
    private readonly pool?: { readonly texts: readonly string[]; readonly numbers: readonly number[] },
  ) {}

  of(schema: NormalizedSchema, depth = 0): unknown {
    const { random } = this;
    if (schema.getMergedTraits().httpResponseCode) return 202;
    if (schema.isStructSchema()) return this.structure(schema, depth);
    if (schema.isListSchema()) {
      const member = schema.getValueSchema();
      return Array.from({ length: 1 + random.integer(2) }, () => this.of(member, depth + 1));
    }
    if (schema.isMapSchema()) {
      const value = schema.getValueSchema();
      return { [`key.${random.hex(3)}`]: this.of(value, depth + 1), other: this.of(value, depth + 1) };
    }
    if (schema.isTimestampSchema()) return new Date(random.integer(4_000_000_000) * 1000);
    if (schema.isBlobSchema()) return Uint8Array.from({ length: 1 + random.integer(8) }, () => random.integer(256));
    if (schema.isBooleanSchema()) return random.chance(0.5);
    if (schema.isNumericSchema()) return this.number(schema);
    if (schema.isDocumentSchema()) return { nested: [random.integer(9), 'text'] };
    return this.text(schema);
  }

  private number(schema: NormalizedSchema): number {
    const { random, pool } = this;
    if (pool) return pool.numbers[random.integer(pool.numbers.length)]!;
    // Pages of fewer than one item are refused before they get anywhere.
    const least = /^(limit|max(Results|Items|Records))$/i.test(schema.getMemberName()) ? 1 : -50_000;
    return least + random.integer(100_000);
  }

  private text(schema: NormalizedSchema): string {
    const { random, pool } = this;
    if (pool) return pool.texts[random.integer(pool.texts.length)]!;
    const { httpLabel, httpHeader, httpQuery } = schema.getMergedTraits();
    // Headers carry no more than this; elsewhere ends are kept, since readers of XML trim.
    if (httpLabel || httpHeader !== undefined || httpQuery !== undefined) return `a:b/${random.hex(4)}_-.c`;
    return `x${Array.from({ length: random.integer(8) }, () => LETTERS[random.integer(LETTERS.length)]).join('')}y`;
  }

  /** Mostly one that AWS's model allows, where there is a pool to choose from: others get no further than the wire. */
  private member(structure: NormalizedSchema, name: string, schema: NormalizedSchema, depth: number): unknown {
    const { random, pool } = this;
    if (!pool) return this.of(schema, depth);
    const [, space] = structure.getSchema() as unknown as [number, string];
    const rules = rulesOf(space, structure.getName()!, name);
    const choices = rules.flatMap(({ text }) => /enum value set: \[([^\]]*)\]/.exec(text)?.[1]?.split(', ') ?? []);
    const values = choices.length > 0 ? new Values(random, { ...pool, texts: choices }) : this;
    for (let tries = 1; ; tries++) {
      const value = values.of(schema, depth);
      if (tries === TRIES || rules.every(({ holds }) => holds(value))) return value;
    }
  }

  private structure(schema: NormalizedSchema, depth: number): object {
    const { random } = this;
    // Forms cannot say that a structure is there and empty.
    const all = [...schema.structIterator()].filter(([, member]) => !isEmptyStructure(member));
    // Shapes may hold themselves, so deep down only what is simple goes in, or has to.
    const simple = depth < DEEPEST ? all : all.filter(([, member]) => isLeaf(member));
    if (schema.isUnionSchema()) {
      const choices = simple.length > 0 ? simple : all;
      const [name, member] = choices[random.integer(choices.length)]!;
      return { [name]: this.member(schema, name, member, depth + 1) };
    }
    const requiredCount = Number((schema.getSchema() as unknown as unknown[])[6] ?? 0);
    const chosen = all.filter(([, member], index) => {
      const { httpLabel, httpPayload, httpResponseCode, idempotencyToken } = member.getMergedTraits();
      // Clients make up missing tokens and empty payloads, and always see a status.
      const given = httpLabel || httpPayload || httpResponseCode || idempotencyToken;
      const needed = index < requiredCount || given || (depth > 0 && index === 0);
      return needed || (simple.includes(all[index]!) && random.chance(SHARE_OF_OPTIONAL_MEMBERS));
    });
    return Object.fromEntries(chosen.map(([name, member]) => [name, this.member(schema, name, member, depth + 1)]));
  }
}

function isLeaf(schema: NormalizedSchema): boolean {
  return !schema.isStructSchema() && !schema.isListSchema() && !schema.isMapSchema();
}

function isEmptyStructure(schema: NormalizedSchema): boolean {
  return schema.isStructSchema() && schema.structIterator().next().done === true;
}
