import type { SSMClient } from '@aws-sdk/client-ssm';
import { checkRules, parameterValues } from '../../../local/cloud-formation/parameters';
import { StackScope } from '../../../local/cloud-formation/stack-scope';
import type { Template } from '../../../local/cloud-formation/template';

const ssm = {
  send: async ({ input: { Name } }: { input: { Name: string } }) => {
    if (Name === '/missing') throw new Error('ParameterNotFound');
    return { Parameter: { Value: Name === '/list' ? 'a,b' : `value of ${Name}` } };
  },
} as unknown as SSMClient;

const types = (Parameters: Template['Parameters']): Template => ({ Parameters });

describe('parameterValues', () => {
  test('a given value goes before the default, and lists are taken apart', async () => {
    const template = types({
      Name: { Type: 'String', Default: 'default' },
      Size: { Type: 'Number', Default: 3 },
      Zones: { Type: 'CommaDelimitedList', Default: 'a, b' },
      Subnets: { Type: 'List<AWS::EC2::Subnet::Id>', Default: 'subnet-1,subnet-2' },
    });
    expect(Object.fromEntries(await parameterValues(template, { Name: 'given' }, ssm))).toEqual({
      Name: 'given',
      Size: '3',
      Zones: ['a', 'b'],
      Subnets: ['subnet-1', 'subnet-2'],
    });
  });

  test('SSM types take what the parameter store holds', async () => {
    const template = types({
      Image: { Type: 'AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>', Default: '/ami' },
      Names: { Type: 'AWS::SSM::Parameter::Value<List<String>>', Default: '/list' },
    });
    expect(Object.fromEntries(await parameterValues(template, {}, ssm))).toEqual({
      Image: 'value of /ami',
      Names: ['a', 'b'],
    });
  });

  test.each([
    [types({ Name: { Type: 'String' } }), {}, 'the parameter Name has no value'],
    [types({}), { Size: '3' }, 'no such parameter: Size'],
    [
      types({ Image: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/missing' } }),
      {},
      'the parameter Image takes its value from /missing: ParameterNotFound',
    ],
  ])('refuses what has no value', async (template, given, message) => {
    await expect(parameterValues(template, given, ssm)).rejects.toThrow(message);
  });
});

describe('checkRules', () => {
  const template: Template = {
    Rules: {
      CheckBootstrapVersion: {
        Assertions: [
          {
            Assert: { 'Fn::Not': [{ 'Fn::Contains': [['1', '2'], { Ref: 'BootstrapVersion' }] }] },
            AssertDescription: 'too old',
          },
        ],
      },
    },
  };
  const check = (version: string): void => {
    const parameters = new Map([['BootstrapVersion', version]]);
    const world = { accountId: '1', region: 'us-east-1' };
    checkRules(
      template,
      new StackScope(template, { stackName: 's', stackId: 'i' }, world, parameters, new Map(), String),
    );
  };

  test('refuses an account whose bootstrap stack is too old', () => {
    expect(() => check('2')).toThrow('rule CheckBootstrapVersion: too old');
    expect(() => check('28')).not.toThrow();
  });
});
