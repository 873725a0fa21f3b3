import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { Scope } from './intrinsics';
import { evaluateCondition } from './intrinsics';
import type { Template } from './template';
import { TemplateError } from './template';

const SSM_TYPE = /^AWS::SSM::Parameter::Value<(.+)>$/;

/** The values of a template's parameters: given, else the default; of SSM types, what the parameter store holds now. */
export async function parameterValues(
  template: Template,
  given: Readonly<Record<string, string>>,
  ssm: SSMClient,
): Promise<Map<string, unknown>> {
  const declared = template.Parameters ?? {};
  const unknown = Object.keys(given).filter((name) => declared[name] === undefined);
  if (unknown.length > 0) throw new TemplateError(`no such parameter: ${unknown.join(', ')}`);

  const values = new Map<string, unknown>();
  for (const [name, { Type, Default }] of Object.entries(declared)) {
    const value = given[name] ?? Default;
    if (value === undefined) throw new TemplateError(`the parameter ${name} has no value`);
    const ssmType = SSM_TYPE.exec(Type)?.[1];
    values.set(
      name,
      typed(ssmType ?? Type, ssmType === undefined ? String(value) : await stored(ssm, name, String(value))),
    );
  }
  return values;
}

async function stored(ssm: SSMClient, parameter: string, name: string): Promise<string> {
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }));
    return Parameter!.Value!;
  } catch (error) {
    throw new TemplateError(`the parameter ${parameter} takes its value from ${name}: ${(error as Error).message}`);
  }
}

function typed(type: string, value: string): string | string[] {
  return type === 'CommaDelimitedList' || type.startsWith('List<')
    ? value.split(',').map((item) => item.trim())
    : value;
}

/** Refuses parameter values that the template's rules forbid, such as a bootstrap stack that is too old. */
export function checkRules(template: Template, scope: Scope): void {
  for (const [name, { RuleCondition, Assertions }] of Object.entries(template.Rules ?? {})) {
    if (RuleCondition !== undefined && !evaluateCondition(RuleCondition, scope)) continue;
    for (const { Assert, AssertDescription } of Assertions) {
      if (!evaluateCondition(Assert, scope))
        throw new TemplateError(`rule ${name}: ${AssertDescription ?? 'assertion failed'}`);
    }
  }
}
