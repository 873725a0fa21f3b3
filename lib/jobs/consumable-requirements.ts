import { CfnResource, Token } from 'aws-cdk-lib';
import type * as batch from 'aws-cdk-lib/aws-batch';
import type { aws_batch as references } from 'aws-cdk-lib/interfaces';
import type { IConstruct } from 'constructs';
import { checkWholeNumber, ValidationError } from '../validation/validation-error';

/** Something countable that a job takes while it runs, or uses up: licences, database connections, tokens. */
export interface ConsumableRequirement {
  /** A consumable resource of AWS Batch. */
  readonly resource: references.IConsumableResourceRef;

  /** How much of it; a whole number of at least 1. */
  readonly quantity: number;
}

const MOST_RESOURCES = 5;

/**
 * @throws ValidationError for what the API refuses, and for more of a resource than there is
 * @see https://docs.aws.amazon.com/batch/latest/userguide/resource-aware-scheduling.html
 */
export function consumableResources(
  scope: IConstruct,
  requirements: readonly ConsumableRequirement[],
): batch.CfnJobDefinition.ConsumableResourcePropertiesProperty | undefined {
  if (requirements.length === 0) return undefined;
  if (requirements.length > MOST_RESOURCES) {
    const value = `a list of ${requirements.length}`;
    const allowed = `a list of at most ${MOST_RESOURCES}`;
    throw new ValidationError(scope, { property: 'consumableResources', value, allowed });
  }
  const consumableResourceList = requirements.map(({ resource, quantity }, index) => {
    const property = `consumableResources[${index}]`;
    checkWholeNumber(scope, `${property}.quantity`, quantity, { min: 1 });
    if (requirements.findIndex((other) => other.resource === resource) < index) {
      throw new ValidationError(scope, { property, value: resource.node.path, allowed: 'given once' });
    }
    checkTotal(scope, property, resource, quantity);
    return { consumableResource: arnOf(resource), quantity };
  });
  return { consumableResourceList };
}

/** A job that asks for more than all there is waits forever. Of an imported resource the total is not known. */
function checkTotal(scope: IConstruct, property: string, resource: IConstruct, quantity: number): void {
  const declared = CfnResource.isCfnResource(resource) ? resource : resource.node.defaultChild;
  if (!declared || !CfnResource.isCfnResource(declared)) return;
  const { totalQuantity: total } = declared as batch.CfnConsumableResource;
  if (total === undefined || Token.isUnresolved(total) || Token.isUnresolved(quantity) || quantity <= total) return;
  throw new ValidationError(scope, {
    property: `${property}.quantity`,
    value: quantity,
    allowed: `at most ${total}, which is all that ${resource.node.path} has`,
  });
}

export function arnOf(resource: references.IConsumableResourceRef): string {
  return resource.consumableResourceRef.consumableResourceArn;
}
