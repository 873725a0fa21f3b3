import { availabilityZones } from '../ec2/availability-zones';
import type { World } from '../world';
import type { Scope } from './intrinsics';
import { evaluateCondition } from './intrinsics';
import type { ResourceState } from './provider';
import type { Template } from './template';
import { TemplateError } from './template';

/** What the functions of one stack's template see. */
export class StackScope implements Scope {
  private readonly conditions = new Map<string, boolean>();

  constructor(
    private readonly template: Template,
    private readonly stack: { readonly stackName: string; readonly stackId: string },
    private readonly world: Pick<World, 'accountId' | 'region'>,
    private readonly parameters: ReadonlyMap<string, unknown>,
    private readonly resources: ReadonlyMap<string, ResourceState>,
    readonly importValue: (exportName: string) => unknown,
  ) {}

  ref(name: string): unknown {
    if (this.parameters.has(name)) return this.parameters.get(name);
    return name.startsWith('AWS::') ? this.pseudoParameter(name) : this.existing(name).physicalId;
  }

  attribute(logicalId: string, attribute: string): unknown {
    const value = this.existing(logicalId).attributes?.[attribute];
    if (value === undefined) {
      const type = this.template.Resources?.[logicalId]?.Type;
      throw new TemplateError(`${logicalId} (${type}) has no attribute ${attribute} locally`);
    }
    return value;
  }

  condition(name: string): boolean {
    const known = this.conditions.get(name);
    if (known !== undefined) return known;
    const declared = this.template.Conditions?.[name];
    if (declared === undefined) throw new TemplateError(`no such condition: ${name}`);
    const value = evaluateCondition(declared, this);
    this.conditions.set(name, value);
    return value;
  }

  mapping(name: string, topLevelKey: string, secondLevelKey: string): unknown {
    const value = this.template.Mappings?.[name]?.[topLevelKey]?.[secondLevelKey];
    if (value === undefined) throw new TemplateError(`the mapping ${name} has no ${topLevelKey} / ${secondLevelKey}`);
    return value;
  }

  availabilityZones(region: string): readonly string[] {
    return availabilityZones(region === '' ? this.world.region : region);
  }

  private existing(logicalId: string): ResourceState {
    const state = this.resources.get(logicalId);
    if (state === undefined) throw new TemplateError(`no such parameter or resource: ${logicalId}`);
    return state;
  }

  private pseudoParameter(name: string): unknown {
    switch (name) {
      case 'AWS::AccountId':
        return this.world.accountId;
      case 'AWS::Region':
        return this.world.region;
      case 'AWS::Partition':
        return 'aws';
      case 'AWS::URLSuffix':
        return 'amazonaws.com';
      case 'AWS::StackName':
        return this.stack.stackName;
      case 'AWS::StackId':
        return this.stack.stackId;
      case 'AWS::NotificationARNs':
        return [];
      case 'AWS::NoValue':
        return undefined;
      default:
        throw new TemplateError(`no such pseudo parameter: ${name}`);
    }
  }
}
