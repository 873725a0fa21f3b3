import type { Template } from 'aws-cdk-lib/assertions';

/** The variable `CONFIG` of the only function whose logical id begins so, with references and attributes by their names. */
export function handlerConfigText(template: Template, idPrefix = ''): string {
  const [[, { Properties }]] = Object.entries(template.findResources('AWS::Lambda::Function')).filter(
    ([id, { Properties: properties }]) =>
      id.startsWith(idPrefix) && properties.Environment.Variables.CONFIG !== undefined,
  );
  const text = Properties.Environment.Variables.CONFIG as string | { 'Fn::Join': [string, unknown[]] };
  if (typeof text === 'string') return text;
  const parts = text['Fn::Join'][1].map((part) => {
    if (typeof part === 'string') return part;
    const { Ref, 'Fn::GetAtt': attribute } = part as { Ref?: string; 'Fn::GetAtt'?: string[] };
    return `<${Ref ?? attribute!.join('.')}>`;
  });
  return parts.join('');
}
