import type { Template } from 'aws-cdk-lib/assertions';
import { type AutoscalerConfig, parseAutoscalerConfig } from '../../lib/autoscaling/config';
import { handlerConfigText } from './handler-config';

/** What a template tells the function of its only autoscaler. */
export function autoscalerConfig(template: Template): AutoscalerConfig {
  return parseAutoscalerConfig(handlerConfigText(template));
}
