/** A CloudFormation template, as far as the loader reads it. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, ParameterDeclaration>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Rules?: Readonly<Record<string, RuleDeclaration>>;
  readonly Resources?: Readonly<Record<string, ResourceDeclaration>>;
  readonly Outputs?: Readonly<Record<string, OutputDeclaration>>;
  readonly Transform?: unknown;
}

export interface ParameterDeclaration {
  readonly Type: string;
  readonly Default?: unknown;
}

export interface RuleDeclaration {
  readonly RuleCondition?: unknown;
  readonly Assertions: readonly { readonly Assert: unknown; readonly AssertDescription?: string }[];
}

export interface ResourceDeclaration {
  readonly Type: string;
  readonly Properties?: Properties;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

export interface OutputDeclaration {
  readonly Value: unknown;
  readonly Condition?: string;
  readonly Export?: { readonly Name: unknown };
}

export type Properties = Readonly<Record<string, unknown>>;

/** A template that cannot be deployed here, in words for the person who wrote the app. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** Where the CDK app made the resource, else its logical id: what a person looks for. */
export function constructPath(logicalId: string, resource: ResourceDeclaration): string {
  const path = resource.Metadata?.['aws:cdk:path'];
  return typeof path === 'string' ? path : logicalId;
}
