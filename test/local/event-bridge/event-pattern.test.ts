import * as fc from 'fast-check';
import { compileEventPattern } from '../../../local/event-bridge/event-pattern';

const matches = (pattern: object, event: unknown): boolean => compileEventPattern(JSON.stringify(pattern))(event);

/** Each row: the condition on the field `f`, what it matches, what it does not. Undefined leaves the field out. */
const CONDITIONS: [string, unknown[], unknown[], unknown[]][] = [
  ['an exact string', ['a'], ['a'], ['A', 'ab', 1, null, undefined, {}]],
  ['any of several values', ['a', 1, null], ['a', 1, null], ['1', undefined, true]],
  ['an exact number', [1], [1, [2, 1]], ['1', true]],
  ['a boolean', [true], [true], ['true', 1, false]],
  ['null', [null], [null], ['', 0, undefined]],
  ['the empty string', [''], [''], [null, undefined, ' ']],
  ['prefix', [{ prefix: 'ab' }], ['ab', 'abc'], ['AB', 'xab', 1, undefined]],
  ['prefix ignoring case', [{ prefix: { 'equals-ignore-case': 'aB' } }], ['ABc', 'abX'], ['xab', undefined]],
  ['suffix', [{ suffix: '.png' }], ['a.png'], ['a.PNG', '.pngx', 5]],
  ['suffix ignoring case', [{ suffix: { 'equals-ignore-case': '.png' } }], ['a.PNG'], ['a.jpg']],
  ['equals-ignore-case', [{ 'equals-ignore-case': 'RunNing' }], ['running', 'RUNNING'], ['run', null]],
  ['anything-but a string', [{ 'anything-but': 'a' }], ['b', 1, null], ['a', undefined]],
  ['anything-but a number', [{ 'anything-but': 1 }], [2, '1'], [1, undefined]],
  ['anything-but a list', [{ 'anything-but': ['a', 2] }], ['b', 3], ['a', 2, undefined]],
  ['anything-but a prefix', [{ 'anything-but': { prefix: 'in' } }], ['out', 3], ['in', 'inner', undefined]],
  ['anything-but prefixes', [{ 'anything-but': { prefix: ['a', 'b'] } }], ['c'], ['ax', 'bx']],
  ['anything-but a suffix', [{ 'anything-but': { suffix: '.png' } }], ['a.jpg'], ['a.png']],
  ['anything-but ignoring case', [{ 'anything-but': { 'equals-ignore-case': ['A', 'b'] } }], ['c'], ['a', 'B']],
  ['anything-but a wildcard', [{ 'anything-but': { wildcard: '*/lib/*' } }], ['a/b'], ['x/lib/y']],
  ['numeric equality', [{ numeric: ['=', 3.1] }], [3.1], [3, '3.1']],
  ['a numeric range', [{ numeric: ['>', 0, '<=', 5] }], [0.1, 5], [0, 5.1, '3', undefined]],
  ['a numeric bound', [{ numeric: ['<', -2] }], [-3], [-2, 0]],
  ['exists', [{ exists: true }], ['', 0, null, false, ['a']], [undefined, {}, []]],
  ['does not exist', [{ exists: false }], [undefined, {}, []], ['', 0, null]],
  ['absence or a value', [{ exists: false }, 'a'], [undefined, 'a'], ['b']],
  ['a wildcard', [{ wildcard: 'a*c' }], ['ac', 'abc', 'a\nc', 'a.c'], ['abcd', 'xac']],
  ['a wildcard with special characters', [{ wildcard: 'a.(b)*' }], ['a.(b)!'], ['ax(b)']],
  ['an escaped wildcard', [{ wildcard: '\\*a\\\\*' }], ['*a\\', '*a\\x'], ['xa\\', '*a']],
  ['an IPv4 block', [{ cidr: '10.0.0.0/24' }], ['10.0.0.255'], ['10.0.1.0', '::1', 'x']],
  ['an IPv6 block', [{ cidr: '2001:db8::/32' }], ['2001:db8:1::5'], ['2001:db9::', '10.0.0.1']],
  ['any element of an array', ['a'], [['b', 'a'], [['a']]], [['b'], []]],
];

describe.each(CONDITIONS)('the condition %s', (_, condition, matching, others) => {
  test.each(matching.map((value) => [JSON.stringify(value) ?? 'absent', value]))('matches %s', (__, f) => {
    expect(matches({ f: condition }, { f })).toBe(true);
  });

  test.each(others.map((value) => [JSON.stringify(value) ?? 'absent', value]))('does not match %s', (__, f) => {
    expect(matches({ f: condition }, { f })).toBe(false);
  });
});

describe('a pattern', () => {
  const event = {
    source: 'aws.batch',
    detail: {
      status: 'FAILED',
      attempts: [
        { exit: 1, reason: 'x' },
        { exit: 2, reason: 'y' },
      ],
      tags: {},
    },
  };

  test('matches when all fields do, at any depth', () => {
    expect(matches({ source: ['aws.batch'], detail: { status: ['FAILED'] } }, event)).toBe(true);
    expect(matches({ source: ['aws.batch'], detail: { status: ['SUCCEEDED'] } }, event)).toBe(false);
    expect(matches({ source: ['aws.batch'], account: ['1'] }, event)).toBe(false);
  });

  test('looks into arrays of objects, one object at a time', () => {
    expect(matches({ detail: { attempts: { exit: [2], reason: ['y'] } } }, event)).toBe(true);
    expect(matches({ detail: { attempts: { exit: [1], reason: ['y'] } } }, event)).toBe(false);
  });

  test('does not match below what is not there, but for absence', () => {
    expect(matches({ detail: { container: { exitCode: [1] } } }, event)).toBe(false);
    expect(matches({ detail: { container: { exitCode: [{ exists: false }] } } }, event)).toBe(true);
    expect(matches({ detail: { status: { code: [{ exists: false }] } } }, event)).toBe(true);
  });

  test('matches one of the alternatives of $or, and all fields beside it', () => {
    const pattern = { source: ['aws.batch'], detail: { $or: [{ status: ['FAILED'] }, { attempts: { exit: [0] } }] } };
    expect(matches(pattern, event)).toBe(true);
    expect(matches(pattern, { ...event, detail: { status: 'RUNNING', attempts: [{ exit: 0 }] } })).toBe(true);
    expect(matches(pattern, { ...event, detail: { status: 'RUNNING' } })).toBe(false);
    expect(matches({ ...pattern, source: ['x'] }, event)).toBe(false);
  });

  test('does not take what every object has for a field', () => {
    expect(matches({ toString: [{ exists: true }] }, {})).toBe(false);
  });

  test('that asks for each scalar of a document matches that document', () => {
    const scalar = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null));
    const document = fc.dictionary(
      fc.string({ minLength: 1 }).filter((name) => name !== '$or' && name !== '__proto__'),
      scalar,
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(document, (fields) => {
        const pattern = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, [value]]));
        expect(matches({ detail: pattern }, { detail: fields })).toBe(true);
      }),
    );
  });

  test('with anything-but is the opposite of the one without, for values that are there', () => {
    const value = fc.string();
    fc.assert(
      fc.property(value, fc.array(value, { minLength: 1 }), (f, list) => {
        expect(matches({ f: [{ 'anything-but': list }] }, { f })).toBe(!matches({ f: list }, { f }));
      }),
    );
  });
});

describe('what is not a pattern is refused:', () => {
  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['nothing', '{}'],
    ['a value without brackets', '{"source": "aws.batch"}'],
    ['an empty array', '{"source": []}'],
    ['an array in an array', '{"source": [["a"]]}'],
    ['an unknown operator', '{"source": [{"contains": "a"}]}'],
    ['two operators at once', '{"source": [{"prefix": "a", "suffix": "b"}]}'],
    ['a number as prefix', '{"source": [{"prefix": 1}]}'],
    ['an unknown comparison', '{"n": [{"numeric": ["~", 1]}]}'],
    ['a comparison without a number', '{"n": [{"numeric": [">"]}]}'],
    ['a comparison with text', '{"n": [{"numeric": [">", "1"]}]}'],
    ['exists with text', '{"n": [{"exists": "yes"}]}'],
    ['two stars in a row', '{"n": [{"wildcard": "a**b"}]}'],
    ['an escape of nothing special', '{"n": [{"wildcard": "a\\\\b"}]}'],
    ['an address without a length', '{"n": [{"cidr": "10.0.0.0"}]}'],
    ['a prefix that is too long', '{"n": [{"cidr": "10.0.0.0/33"}]}'],
    ['one alternative', '{"$or": [{"a": ["b"]}]}'],
    ['anything-but nothing', '{"n": [{"anything-but": []}]}'],
    ['anything-but an object', '{"n": [{"anything-but": {"numeric": ["=", 1]}}]}'],
  ])('%s', (_, pattern) => {
    expect(() => compileEventPattern(pattern)).toThrow(
      expect.objectContaining({ code: 'InvalidEventPatternException' }),
    );
  });
});
