import type { Filter, Tag } from '@aws-sdk/client-ec2';
import { ServiceError } from '../wire/service';

/** What each filter of an operation reads from an item. */
export type FilterFields<T> = Readonly<Record<string, (item: T) => string | readonly string[] | undefined>>;

/**
 * EC2's filters: all must hold, each by any of its values; `*` and `?` are wildcards; `tag:KEY` and `tag-key` go by the
 * item's tags.
 * @throws ServiceError `InvalidParameterValue` on a filter that the operation does not have
 */
export function filtered<T>(
  items: readonly T[],
  filters: readonly Filter[] | undefined,
  fields: FilterFields<T>,
  tagsOf: (item: T) => readonly Tag[],
): readonly T[] {
  if (!filters || filters.length === 0) return items;
  const conditions = filters.map((filter) => condition(filter, fields, tagsOf));
  return items.filter((item) => conditions.every((holds) => holds(item)));
}

function condition<T>(
  { Name: name = '', Values: values = [] }: Filter,
  fields: FilterFields<T>,
  tagsOf: (item: T) => readonly Tag[],
): (item: T) => boolean {
  const patterns = values.map(wildcard);
  const read = reader(name, fields, tagsOf);
  return (item) => {
    const actual = read(item);
    const found = typeof actual === 'string' ? [actual] : (actual ?? []);
    return found.some((text) => patterns.some((pattern) => pattern.test(text)));
  };
}

function reader<T>(
  name: string,
  fields: FilterFields<T>,
  tagsOf: (item: T) => readonly Tag[],
): (item: T) => string | readonly string[] | undefined {
  if (name === 'tag-key') return (item) => tagsOf(item).map((tag) => tag.Key ?? '');
  if (name.startsWith('tag:')) {
    const key = name.slice('tag:'.length);
    return (item) => tagsOf(item).find((tag) => tag.Key === key)?.Value;
  }
  if (!Object.hasOwn(fields, name)) throw new ServiceError('InvalidParameterValue', `The filter '${name}' is invalid`);
  return fields[name]!;
}

function wildcard(value: string): RegExp {
  const pattern = value
    .replace(/[\\^$.+()[\]{}|]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${pattern}$`, 's');
}
