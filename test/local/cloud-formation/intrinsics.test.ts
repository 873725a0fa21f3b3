import * as fc from 'fast-check';
import type { Scope } from '../../../local/cloud-formation/intrinsics';
import { evaluateCondition, references, resolve } from '../../../local/cloud-formation/intrinsics';
import { StackScope } from '../../../local/cloud-formation/stack-scope';
import type { Template } from '../../../local/cloud-formation/template';

const WORLD = { accountId: '123456789012', region: 'us-east-1' };

function scopeOf(template: Template = {}, parameters: Record<string, unknown> = {}): Scope {
  const resources = new Map([
    ['Queue', { physicalId: 'https://queue', attributes: { Arn: 'arn:queue', 'Endpoint.Address': 'there' } }],
  ]);
  return new StackScope(
    template,
    { stackName: 'Stack', stackId: 'arn:stack' },
    WORLD,
    new Map(Object.entries(parameters)),
    resources,
    (name) => `imported ${name}`,
  );
}

describe('intrinsic functions', () => {
  test.each([
    ['a reference to a resource', { Ref: 'Queue' }, 'https://queue'],
    ['a reference to a parameter', { Ref: 'Size' }, '3'],
    ['a pseudo parameter', { Ref: 'AWS::Region' }, 'us-east-1'],
    ['an attribute', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn:queue'],
    ['an attribute with a dot, as text', { 'Fn::GetAtt': 'Queue.Endpoint.Address' }, 'there'],
    ['a join', { 'Fn::Join': ['-', ['a', { Ref: 'Size' }, 'c']] }, 'a-3-c'],
    ['a selection by text index', { 'Fn::Select': ['1', ['a', 'b']] }, 'b'],
    ['a split', { 'Fn::Split': ['/', 'a/b'] }, ['a', 'b']],
    ['a join of a split', { 'Fn::Join': ['', { 'Fn::Split': ['/', 'a/b'] }] }, 'ab'],
    [
      'a substitution',
      { 'Fn::Sub': '${Queue.Arn} in ${AWS::Region} of ${Size} ${!Literal}' },
      'arn:queue in us-east-1 of 3 ${Literal}',
    ],
    ['a substitution with variables', { 'Fn::Sub': ['${A}${B}', { A: { Ref: 'Size' }, B: 2 }] }, '32'],
    ['a mapping', { 'Fn::FindInMap': ['Zones', { Ref: 'AWS::Region' }, 'first'] }, 'a'],
    ['an import', { 'Fn::ImportValue': 'Name' }, 'imported Name'],
    ['zones of the region', { 'Fn::Select': [1, { 'Fn::GetAZs': '' }] }, 'us-east-1b'],
    ['base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    ['blocks', { 'Fn::Cidr': ['10.0.0.0/16', 3, 8] }, ['10.0.0.0/24', '10.0.1.0/24', '10.0.2.0/24']],
    ['blocks across an octet', { 'Fn::Select': [2, { 'Fn::Cidr': ['10.0.128.0/17', 4, '13'] }] }, '10.0.192.0/19'],
    ['the taken branch only', { 'Fn::If': ['Large', 'large', { Ref: 'Missing' }] }, 'large'],
    ['JSON', { 'Fn::ToJsonString': { size: { Ref: 'Size' } } }, '{"size":"3"}'],
    ['a length', { 'Fn::Length': ['a', 'b'] }, 2],
  ])('%s', (_name, value, expected) => {
    const template = {
      Conditions: { Large: { 'Fn::Equals': [{ Ref: 'Size' }, 3] } },
      Mappings: { Zones: { 'us-east-1': { first: 'a' } } },
    };
    expect(resolve(value, scopeOf(template, { Size: '3' }))).toEqual(expected);
  });

  test('what is AWS::NoValue disappears from objects and lists', () => {
    const nothing = { Ref: 'AWS::NoValue' };
    expect(resolve({ a: nothing, b: [1, nothing, { c: nothing }] }, scopeOf())).toEqual({ b: [1, {}] });
  });

  test.each([
    [{ Ref: 'Missing' }, 'no such parameter or resource: Missing'],
    [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, 'Queue (AWS::SQS::Queue) has no attribute Colour locally'],
    [{ 'Fn::Transform': { Name: 'AWS::Include' } }, 'Fn::Transform is not supported locally'],
    [{ 'Fn::Select': [2, ['a']] }, 'there is no item 2 in ["a"]'],
    [{ 'Fn::FindInMap': ['Zones', 'x', 'y'] }, 'the mapping Zones has no x / y'],
    ['{{resolve:ssm:/a}}', 'the dynamic reference {{resolve:ssm:/a}} is not supported locally'],
    [{ 'Fn::Join': ['', [{ a: 1 }]] }, 'expected a string, got {"a":1}'],
    [{ 'Fn::Cidr': ['10.0.0.0/24', 2, 8] }, 'Fn::Cidr: 10.0.0.0/24 has no room for 2 blocks of 8 bits'],
  ])('refuses %j', (value, message) => {
    const template = { Resources: { Queue: { Type: 'AWS::SQS::Queue' } } };
    expect(() => resolve(value, scopeOf(template))).toThrow(message);
  });

  test('conditions name other conditions', () => {
    const template = {
      Conditions: {
        Big: { 'Fn::Equals': [{ Ref: 'Size' }, 'big'] },
        Far: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] }] },
        Either: { 'Fn::Or': [{ Condition: 'Big' }, { Condition: 'Far' }] },
        Both: { 'Fn::And': [{ Condition: 'Big' }, { Condition: 'Far' }] },
      },
    };
    const scope = scopeOf(template, { Size: 'big' });
    expect(['Big', 'Far', 'Either', 'Both'].map((name) => scope.condition(name))).toEqual([true, false, true, false]);
  });

  test('a property that is called Condition is not a condition', () => {
    const statement = { Effect: 'Allow', Condition: { Bool: { 'aws:SecureTransport': 'false' } } };
    expect(resolve([{ Condition: 'text' }, statement], scopeOf())).toEqual([{ Condition: 'text' }, statement]);
    expect(evaluateCondition({ 'Fn::Equals': ['a', 'a'] }, scopeOf())).toBe(true);
  });

  test('a value without functions stays as it is', () => {
    const json = fc.jsonValue({ noUnicodeString: false });
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        fc.pre(!/"(Ref|Fn::)/.test(text) && !text.includes('{{resolve:'));
        expect(resolve(JSON.parse(text), scopeOf())).toEqual(JSON.parse(text));
      }),
    );
  });
});

describe('references', () => {
  test('of every kind, in the branch that is taken', () => {
    const value = {
      a: { Ref: 'A' },
      b: [{ 'Fn::GetAtt': ['B', 'Arn'] }, { 'Fn::GetAtt': 'C.Arn' }],
      c: { 'Fn::Sub': ['${D}${E.Arn}${V}', { V: { Ref: 'F' } }] },
      d: { 'Fn::If': ['Yes', { Ref: 'G' }, { Ref: 'H' }] },
      e: { 'Fn::Join': ['', [{ Ref: 'I' }]] },
    };
    expect([...references(value, (name) => name === 'Yes')].sort()).toEqual([...'ABCDEFGI', 'V'].sort());
  });
});
