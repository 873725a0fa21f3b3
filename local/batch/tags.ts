import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-batch';
import { check, checkTags } from './refusals';

export interface Tagged {
  tags?: Record<string, string>;
}

/** Tags of whatever Batch can tag. */
export class ResourceTags {
  /** @param find what an ARN names; nothing for children of array jobs, which have no tags. */
  constructor(private readonly find: (arn: string) => Tagged | undefined) {}

  tag({ resourceArn, tags }: TagResourceRequest): void {
    const resource = this.require(resourceArn!);
    const merged = { ...resource.tags, ...tags };
    checkTags(merged);
    resource.tags = merged;
  }

  untag({ resourceArn, tagKeys }: UntagResourceRequest): void {
    const resource = this.require(resourceArn!);
    const kept = Object.entries(resource.tags ?? {}).filter(([key]) => !tagKeys!.includes(key));
    resource.tags = Object.fromEntries(kept);
  }

  list({ resourceArn }: ListTagsForResourceRequest): ListTagsForResourceResponse {
    return { tags: this.require(resourceArn!).tags ?? {} };
  }

  private require(resourceArn: string): Tagged {
    const resource = this.find(resourceArn);
    check(resource, `Resource ${resourceArn} does not exist or cannot be tagged`);
    return resource;
  }
}
