import type {
  CreateTagsRequest,
  DeleteTagsRequest,
  DescribeTagsRequest,
  DescribeTagsResult,
  ResourceType,
  Tag,
  TagDescription,
  TagSpecification,
} from '@aws-sdk/client-ec2';
import { ServiceError } from '../wire/service';
import type { Operation } from '../wire/service';
import { page } from '../wire/page';
import { filtered } from './filters';

interface TaggedResource {
  readonly type: ResourceType;
  readonly tags: Map<string, string>;
}

/** The tags of everything in EC2, by resource id. */
export class Tags {
  private readonly resources = new Map<string, TaggedResource>();

  /** Makes a resource known, with the tags of its own type among the specifications. */
  register(resourceId: string, type: ResourceType, specifications: readonly TagSpecification[] = []): void {
    const tags = specifications.filter((given) => given.ResourceType === type).flatMap((given) => given.Tags ?? []);
    this.resources.set(resourceId, { type, tags: new Map() });
    this.set(resourceId, tags);
  }

  remove(resourceId: string): void {
    this.resources.delete(resourceId);
  }

  of(resourceId: string): Tag[] {
    const tags = this.resources.get(resourceId)?.tags ?? [];
    return [...tags].map(([Key, Value]) => ({ Key, Value }));
  }

  readonly operations: Readonly<Record<string, Operation>> = {
    CreateTags: (input: CreateTagsRequest) => {
      for (const id of input.Resources ?? []) this.existing(id);
      for (const id of input.Resources ?? []) this.set(id, input.Tags ?? []);
    },
    DeleteTags: (input: DeleteTagsRequest) => {
      for (const id of input.Resources ?? []) {
        const { tags } = this.existing(id);
        if (!input.Tags) tags.clear();
        // A value that differs protects the tag; no value at all deletes whatever there is.
        for (const { Key = '', Value } of input.Tags ?? []) {
          if (Value === undefined || tags.get(Key) === Value) tags.delete(Key);
        }
      }
    },
    DescribeTags: (input: DescribeTagsRequest): DescribeTagsResult => {
      const all = [...this.resources].flatMap(([ResourceId, { type, tags }]) =>
        [...tags].map(([Key, Value]): TagDescription => ({ ResourceId, ResourceType: type, Key, Value })),
      );
      const found = filtered(
        all,
        input.Filters,
        {
          key: (tag) => tag.Key,
          value: (tag) => tag.Value,
          'resource-id': (tag) => tag.ResourceId,
          'resource-type': (tag) => tag.ResourceType,
        },
        (tag) => [{ Key: tag.Key, Value: tag.Value }],
      );
      const positions = new Map(found.map((tag, index) => [tag, index]));
      const { items, nextToken } = page(
        found,
        (tag) => positions.get(tag)!,
        input.MaxResults ?? 1000,
        input.NextToken,
        invalidToken,
      );
      return { Tags: [...items], NextToken: nextToken };
    },
  };

  private set(resourceId: string, given: readonly Tag[]): void {
    const { tags } = this.existing(resourceId);
    for (const { Key = '', Value = '' } of given) tags.set(Key, Value);
  }

  private existing(resourceId: string): TaggedResource {
    const found = this.resources.get(resourceId);
    if (!found) throw new ServiceError('InvalidID', `The ID '${resourceId}' is not valid`);
    return found;
  }
}

export function invalidToken(): ServiceError {
  return new ServiceError('InvalidNextToken', 'The specified next token is not valid.');
}
