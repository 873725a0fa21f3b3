import { formatTimestamp } from './tree';
import type { Shape, Traits } from './shapes';

/** Writes what is inside a structure's element, in the style of the query protocols. */
export function xmlMembers(shape: Shape, value: unknown): string {
  if (shape.kind !== 'structure' || typeof value !== 'object' || value === null) return '';
  let xml = '';
  for (const [name, item] of Object.entries(value)) {
    const member = shape.members.get(name)!;
    if (item !== undefined) xml += element(member.traits.xmlName ?? name, member.shape, member.traits, item);
  }
  return xml;
}

function element(tag: string, shape: Shape, traits: Traits, value: unknown): string {
  switch (shape.kind) {
    case 'structure':
      return wrap(tag, xmlMembers(shape, value));
    case 'list': {
      const itemTag = traits.xmlFlattened ? tag : (shape.memberTraits.xmlName ?? 'member');
      const items = (value as unknown[])
        .map((item) => element(itemTag, shape.member, shape.memberTraits, item))
        .join('');
      return traits.xmlFlattened ? items : wrap(tag, items);
    }
    case 'map': {
      const entryTag = traits.xmlFlattened ? tag : 'entry';
      const entries = Object.entries(value as object)
        .map(([key, item]) =>
          wrap(
            entryTag,
            wrap(shape.keyTraits.xmlName ?? 'key', escapeXml(key)) +
              element(shape.valueTraits.xmlName ?? 'value', shape.value, shape.valueTraits, item),
          ),
        )
        .join('');
      return traits.xmlFlattened ? entries : wrap(tag, entries);
    }
    case 'timestamp':
      return wrap(tag, String(formatTimestamp(value as Date, shape, 'date-time')));
    case 'blob':
      return wrap(tag, Buffer.from(value as Uint8Array).toString('base64'));
    default:
      return wrap(tag, escapeXml(String(value)));
  }
}

export function wrap(tag: string, content: string): string {
  return `<${tag}>${content}</${tag}>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#xD;',
};

export function escapeXml(content: string): string {
  return content.replace(/[&<>"\r]/g, (character) => ENTITIES[character]!);
}
