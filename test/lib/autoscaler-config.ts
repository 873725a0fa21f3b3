import type { Template } from 'aws-cdk-lib/assertions';
import { type AutoscalerConfig, parseAutoscalerConfig } from '../../lib/autoscaling/config';

/** What a template tells the function of its only autoscaler, with attributes by their names. */
export function autoscalerConfig(template: Template): AutoscalerConfig {
  const [{ Properties }] = Object.values(template.findResources('AWS::Lambda::Function')).filter(
    ({ Properties: { Environment } }) => Environment.Variables.CONFIG !== undefined,
  );
  const text = Properties.Environment.Variables.CONFIG as string | { 'Fn::Join': [string, unknown[]] };
  if (typeof text === 'string') return parseAutoscalerConfig(text);
  const parts = text['Fn::Join'][1].map((part) => {
    if (typeof part === 'string') return part;
    const { Ref, 'Fn::GetAtt': attribute } = part as { Ref?: string; 'Fn::GetAtt'?: string[] };
    return `<${Ref ?? attribute!.join('.')}>`;
  });
  return parseAutoscalerConfig(parts.join(''));
}
