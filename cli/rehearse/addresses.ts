import type { StackResource } from '../../local/cloud-formation/stack-resource';
import { UsageError } from '../command/errors';

/** By what a person may name a resource of a deployed app. */
export interface Address {
  /** What AWS Batch takes: the name of a queue or an environment, the ARN of a definition. */
  readonly name: string;
  readonly arn: string;
  /** Ids of the constructs that it is in, the stack's own first. */
  readonly path: readonly string[];
  readonly logicalId: string;
  /** Short, and different from those of the others. */
  readonly label: string;
}

/** What the CDK makes logical ids different by. Where an assembly tells no paths, ids are all that there is. */
const HASH = /[0-9A-F]{8}$/;
/** Ids within a construct, which nobody gave. */
const INNER: readonly string[] = ['Resource', 'Environment'];

export function addressesOf(resources: readonly StackResource[]): (Address & Pick<StackResource, 'properties'>)[] {
  const plain = resources.map(({ physicalId, path, logicalId, properties }) => ({
    name: physicalId.slice(physicalId.lastIndexOf('/') + 1),
    arn: physicalId,
    path: path.split('/').filter((id) => !INNER.includes(id)),
    logicalId,
    properties,
  }));
  const last = ({ path, logicalId }: { path: readonly string[]; logicalId: string }) => path.at(-1) || logicalId;
  return plain.map((one) => {
    const isOnly = plain.filter((other) => last(other) === last(one)).length === 1;
    return { ...one, label: isOnly ? last(one) : one.path.slice(1).join('/') || one.name };
  });
}

/**
 * The resource that a person names: by its name, its ARN, its logical id, its path, or the id of a construct that it is in.
 *
 * @param what in words, for the complaint: `queue`
 * @throws UsageError that names those there are, when it is none of them, or several
 */
export function find<A extends Address>(what: string, all: readonly A[], text: string): A {
  const exact = all.filter(({ name, arn, path, logicalId, label }) =>
    [name, name.replace(/:\d+$/, ''), arn, logicalId, logicalId.replace(HASH, ''), label, path.join('/')].includes(
      text,
    ),
  );
  const found = exact.length > 0 ? exact : all.filter(({ path }) => path.slice(1).includes(text));
  if (found.length === 1) return found[0]!;
  const labels = (found.length > 0 ? found : all).map(({ label }) => label).join(', ');
  throw new UsageError(
    found.length > 0
      ? `${text} may be each of the ${what}s ${labels}`
      : `The app has no ${what} ${text}${labels === '' ? '' : `; it has ${labels}`}`,
  );
}
