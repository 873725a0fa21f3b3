import { TemplateError } from './template';

/** What `Fn::Cidr` gives: the first `count` blocks of `bits` host bits each within an IPv4 block. */
export function subnetBlocks(block: string, count: number, bits: number): string[] {
  const parsed = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(block);
  if (parsed === null) throw new TemplateError(`Fn::Cidr: ${JSON.stringify(block)} is not an IPv4 block`);
  const [a, b, c, d, prefix] = parsed.slice(1).map(Number) as [number, number, number, number, number];
  const size = 2 ** bits;
  const base = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  if (size * count > 2 ** (32 - prefix))
    throw new TemplateError(`Fn::Cidr: ${block} has no room for ${count} blocks of ${bits} bits`);
  return Array.from({ length: count }, (_, index) => {
    const address = base + index * size;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.')}/${32 - bits}`;
  });
}
