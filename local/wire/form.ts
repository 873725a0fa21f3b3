import type { Member, Shape } from './shapes';
import { fromText } from './text-values';

/** The query protocols' flat parameters (`Tags.member.1.Key=a`) as the tree that their names spell. */
export interface FormNode {
  text?: string;
  children?: Map<string, FormNode>;
}

export type FormDialect = 'query' | 'ec2';

export function parseForm(body: string): FormNode {
  const root: FormNode = { children: new Map() };
  for (const [name, value] of new URLSearchParams(body)) {
    let node = root;
    for (const part of name.split('.')) {
      node.children ??= new Map();
      let child = node.children.get(part);
      if (!child) node.children.set(part, (child = {}));
      node = child;
    }
    node.text = value;
  }
  return root;
}

/** Brings a form into the SDK's types. What does not fit its shape stays as it is: the validator names it. */
export function fromForm(shape: Shape, node: FormNode, dialect: FormDialect): unknown {
  switch (shape.kind) {
    case 'structure':
      return structure([...shape.members.values()], node, dialect);
    case 'list':
      return items(node, shape.memberTraits.xmlName ?? 'member').map((item) => fromForm(shape.member, item, dialect));
    case 'map': {
      const entries = items(node, 'entry').map((entry): [string, unknown] => [
        entry.children?.get(shape.keyTraits.xmlName ?? 'key')?.text ?? '',
        fromForm(shape.value, entry.children?.get(shape.valueTraits.xmlName ?? 'value') ?? {}, dialect),
      ]);
      return Object.fromEntries(entries);
    }
    default:
      return node.children ? plain(node) : fromText(shape, node.text ?? '');
  }
}

function structure(members: readonly Member[], node: FormNode, dialect: FormDialect): unknown {
  if (!node.children) return node.text === '' ? {} : node.text;
  const left = new Map(node.children);
  const input: Record<string, unknown> = {};
  for (const member of members) {
    const name = wireName(member, dialect);
    const child = left.get(name);
    if (!child) continue;
    left.delete(name);
    input[member.name] = fromForm(member.shape, child, dialect);
  }
  for (const [name, child] of left) input[name] = plain(child);
  return input;
}

function wireName({ name, traits }: Member, dialect: FormDialect): string {
  if (dialect === 'query') return traits.xmlName ?? name;
  const key = traits.ec2QueryName ?? traits.xmlName ?? name;
  return key.charAt(0).toUpperCase() + key.slice(1);
}

/** Numbered children, below a wrapper or, in flattened lists, directly. */
function items(node: FormNode, wrapper: string): FormNode[] {
  const numbered = node.children?.get(wrapper)?.children ?? node.children;
  if (!numbered) return [];
  return [...numbered].sort(([a], [b]) => Number(a) - Number(b)).map(([, item]) => item);
}

function plain(node: FormNode): unknown {
  if (!node.children) return node.text;
  return Object.fromEntries([...node.children].map(([name, child]) => [name, plain(child)]));
}
