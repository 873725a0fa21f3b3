import type {
  ConsumableResourceProperties,
  CreateConsumableResourceRequest,
  CreateConsumableResourceResponse,
  DeleteConsumableResourceRequest,
  DescribeConsumableResourceRequest,
  DescribeConsumableResourceResponse,
  ListConsumableResourcesRequest,
  ListConsumableResourcesResponse,
  UpdateConsumableResourceRequest,
  UpdateConsumableResourceResponse,
} from '@aws-sdk/client-batch';
import type { World } from '../../world';
import { arn } from '../../world';
import { namePattern } from '../jobs/name-pattern';
import { pageOf } from '../pages';
import { check, checkAtMost, checkName, checkTags, refuse } from '../refusals';
import type { Registry } from '../registry';
import { ConsumableResource } from './consumable-resource';
import type { ConsumableClaim, ConsumableType } from './consumable-resource';

const TOKEN_MILLISECONDS = 8 * 3600 * 1000;
const QUOTA_PER_JOB = 5;

/** @see https://docs.aws.amazon.com/batch/latest/userguide/resource-aware-scheduling.html */
export class ConsumableResources {
  /** Until when an update with this client token and content counts as made. */
  private readonly made = new Map<string, number>();

  /** @param onMore told when jobs that wait for a resource may have it. */
  constructor(
    private readonly world: World,
    private readonly resources: Registry<ConsumableResource>,
    private readonly onMore: () => void,
  ) {}

  create(input: CreateConsumableResourceRequest): CreateConsumableResourceResponse {
    const name = input.consumableResourceName!;
    checkName(name, 'consumableResourceName');
    this.resources.checkNew(name);
    checkQuantity(input.totalQuantity, 'totalQuantity');
    checkTags(input.tags);
    const resource = new ConsumableResource(
      name,
      arn(this.world, 'batch', `consumable-resource/${name}`),
      this.resources.nextSequence(),
      checkedType(input.resourceType),
      this.world.clock.now(),
      { ...input.tags },
      input.totalQuantity ?? 0,
      () => this.world.clock.now(),
      this.world.settings,
    );
    this.resources.add(resource);
    return { consumableResourceName: name, consumableResourceArn: resource.arn };
  }

  update(input: UpdateConsumableResourceRequest): UpdateConsumableResourceResponse {
    const resource = this.resources.require(input.consumableResource!);
    checkQuantity(input.quantity, 'quantity');
    const key = this.idempotencyKey(resource, input);
    if (key === undefined || !this.made.has(key)) {
      applyUpdate(resource, input);
      if (key !== undefined) this.made.set(key, this.world.clock.now() + TOKEN_MILLISECONDS);
      this.onMore();
    }
    return {
      consumableResourceName: resource.name,
      consumableResourceArn: resource.arn,
      totalQuantity: resource.quantities().total,
    };
  }

  delete(input: DeleteConsumableResourceRequest): void {
    const resource = this.resources.require(input.consumableResource!);
    resource.deleted = true;
    this.resources.delete(resource);
  }

  describe(input: DescribeConsumableResourceRequest): DescribeConsumableResourceResponse {
    const resource = this.resources.require(input.consumableResource!);
    const { total, inUse } = resource.quantities();
    return {
      consumableResourceName: resource.name,
      consumableResourceArn: resource.arn,
      totalQuantity: total,
      inUseQuantity: inUse,
      availableQuantity: Math.max(0, total - inUse),
      resourceType: resource.type,
      createdAt: resource.createdAt,
      tags: resource.tags,
    };
  }

  list(input: ListConsumableResourcesRequest): ListConsumableResourcesResponse {
    checkAtMost(input.filters, 1, 'filters');
    const [filter] = input.filters ?? [];
    const known = filter === undefined || filter.name === 'CONSUMABLE_RESOURCE_NAME';
    check(known, `Unknown filter ${filter?.name}; CONSUMABLE_RESOURCE_NAME is known`);
    const selects = filter ? namePattern(filter.values ?? []) : () => true;
    const selected = [...this.resources].filter(({ name }) => selects(name));
    const { items, nextToken } = pageOf(selected, ({ sequence }) => sequence, input);
    return {
      consumableResources: items.map((resource) => {
        const { total, inUse } = resource.quantities();
        return {
          consumableResourceArn: resource.arn,
          consumableResourceName: resource.name,
          totalQuantity: total,
          inUseQuantity: inUse,
          resourceType: resource.type,
        };
      }),
      nextToken,
    };
  }

  /** What a job needs: the definition's list, quantities of the submission going first. */
  claims(
    defined: ConsumableResourceProperties | undefined,
    overrides: ConsumableResourceProperties | undefined,
  ): ConsumableClaim[] {
    const quantities = new Map<ConsumableResource, number>();
    for (const properties of [defined, overrides]) {
      for (const { consumableResource, quantity } of properties?.consumableResourceList ?? []) {
        check(consumableResource, 'consumableResource is missing in consumableResourceList');
        const claimed = quantity ?? 0;
        check(Number.isInteger(claimed) && claimed >= 1, `quantity of ${consumableResource} must be at least 1`);
        quantities.set(this.resources.require(consumableResource), claimed);
      }
    }
    checkAtMost([...quantities], QUOTA_PER_JOB, 'consumableResourceList');
    return [...quantities].map(([resource, quantity]) => ({ resource, quantity }));
  }

  private idempotencyKey(resource: ConsumableResource, update: UpdateConsumableResourceRequest): string | undefined {
    const { clientToken, operation, quantity } = update;
    if (clientToken === undefined) return undefined;
    check(clientToken.length >= 1 && clientToken.length <= 64, 'clientToken must have 1 to 64 characters');
    for (const [key, until] of this.made) {
      if (until > this.world.clock.now()) break;
      this.made.delete(key);
    }
    return JSON.stringify([resource.arn, clientToken, operation, quantity]);
  }
}

function applyUpdate(resource: ConsumableResource, { operation, quantity = 0 }: UpdateConsumableResourceRequest): void {
  switch (operation) {
    case 'SET':
      return resource.set(quantity);
    case 'ADD':
      return void resource.change(quantity);
    case 'REMOVE':
      return check(resource.change(-quantity), `${resource.name} has less than the ${quantity} to be removed`);
    default:
      refuse(`operation must be SET, ADD or REMOVE, got ${operation}`);
  }
}

function checkQuantity(quantity: number | undefined, member: string): void {
  const valid = quantity === undefined || (Number.isInteger(quantity) && quantity >= 0);
  check(valid, `${member} must be a non-negative integer, got ${quantity}`);
}

function checkedType(type: string | undefined): ConsumableType {
  if (type === undefined) return 'REPLENISHABLE';
  const known = type === 'REPLENISHABLE' || type === 'NON_REPLENISHABLE';
  return known ? type : refuse(`resourceType must be REPLENISHABLE or NON_REPLENISHABLE, got ${type}`);
}
