import type { Shape } from './shapes';

/** A label, header, query or form parameter in the SDK's types. What does not fit its shape stays text. */
export function fromText(shape: Shape, value: string): unknown {
  switch (shape.kind) {
    case 'number':
      return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
    case 'timestamp':
      return new Date(value);
    case 'blob':
      return new Uint8Array(Buffer.from(value, 'base64'));
    default:
      return value;
  }
}
