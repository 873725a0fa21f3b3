import * as fc from 'fast-check';
import { transformInput, validateTransformer, valueAt } from '../../../local/event-bridge/input-transformer';

/** What JSON can say: it has no minus zero. */
const jsonValue = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));

const EVENT = {
  time: '2026-01-01T00:00:00Z',
  resources: ['arn:one', 'arn:two'],
  detail: { 'instance-id': 'i-1', state: 'RUNNING', count: 3, ok: true, says: 'a "quoted" word', nested: { a: ['b'] } },
};

const transform = (template: string, paths: Record<string, string> = {}) =>
  transformInput({ template, paths }, EVENT, { 'aws.events.rule-name': 'my-rule', 'aws.events.event.json': EVENT });

describe('an input template', () => {
  test('puts text into a string', () => {
    expect(transform('"instance <id> is <state>"', { id: '$.detail.instance-id', state: '$.detail.state' })).toBe(
      '"instance i-1 is RUNNING"',
    );
  });

  test('puts JSON where there are no quotes', () => {
    const paths = { id: '$.detail.instance-id', n: '$.detail.count', ok: '$.detail.ok', all: '$.detail.nested' };
    expect(JSON.parse(transform('{"id": <id>, "n": <n>, "ok": <ok>, "all": <all>}', paths))).toEqual({
      id: 'i-1',
      n: 3,
      ok: true,
      all: { a: ['b'] },
    });
  });

  test('knows quotes inside of strings', () => {
    const output = transform('{"text": "\\"<s>\\" it says", "s": <s>}', { s: '$.detail.says' });
    expect(JSON.parse(output)).toEqual({ text: '"a "quoted" word" it says', s: 'a "quoted" word' });
  });

  test('takes the quotes out of an object inside of a string', () => {
    expect(transform('"<all>"', { all: '$.detail.nested' })).toBe('"{a:[b]}"');
  });

  test('puts nothing for what is not there', () => {
    expect(transform('{"a": <x>, "b": "-<x>-"}', { x: '$.detail.missing.deeper' })).toBe('{"a": "", "b": "--"}');
  });

  test('has the reserved variables', () => {
    expect(transform('{"rule": <aws.events.rule-name>, "event": <aws.events.event.json>}')).toBe(
      `{"rule": "my-rule", "event": ${JSON.stringify(EVENT)}}`,
    );
  });

  test('may hold strings on several lines', () => {
    expect(transform('"one <s>"\n"two"', { s: '$.detail.state' })).toBe('"one RUNNING"\n"two"');
  });

  test('gives valid JSON whatever the values are', () => {
    fc.assert(
      fc.property(jsonValue, (value) => {
        const template = '{"bare": <v>, "quoted": "is <v> ok"}';
        const output = transformInput({ template, paths: { v: '$.v' } }, { v: value }, {});
        expect(JSON.parse(output).bare).toEqual(value ?? '');
      }),
    );
  });
});

describe('a path leads to', () => {
  test.each([
    ['$', EVENT],
    ['$.detail.state', 'RUNNING'],
    ['$.detail.instance-id', 'i-1'],
    ["$['detail']['instance-id']", 'i-1'],
    ['$.resources[1]', 'arn:two'],
    ['$.resources[*]', ['arn:one', 'arn:two']],
    ['$.detail.nested.*', [['b']]],
    ['$.resources[7]', undefined],
    ['$.time.length', undefined],
  ])('%s', (path, expected) => {
    expect(valueAt(EVENT, path)).toEqual(expected);
  });
});

describe('a transformer is refused that', () => {
  test.each([
    ['uses a variable that is not defined', { template: '<x>', paths: {} }],
    ['defines a reserved variable', { template: '1', paths: { 'aws.events.rule-arn': '$.time' } }],
    ['has a path that is none', { template: '<x>', paths: { x: 'detail.state' } }],
    ['has a path with a filter', { template: '<x>', paths: { x: '$.detail[?(@.a)]' } }],
  ])('%s', (_, transformer) => {
    expect(() => validateTransformer(transformer)).toThrow(expect.objectContaining({ code: 'ValidationException' }));
  });
});
