import { InvalidArgumentError } from 'commander';
import type { Pool } from '../../bench/simulation/pool';

const KEYS = ['name', 'vcpu', 'memory', 'gpu', 'price', 'max'] as const;
type Key = (typeof KEYS)[number];

/** Parses one `--pool` and adds it to those before. */
export function parsePool(text: string, before: readonly Pool[] = []): readonly Pool[] {
  const values = valuesOf(text);
  const name = values.get('name')!;
  if (before.some((pool) => pool.name === name)) throw new InvalidArgumentError(`There are two pools named ${name}.`);
  return [
    ...before,
    {
      name,
      vcpus: number(values, 'vcpu', 1),
      memoryMiB: number(values, 'memory', 1),
      gpus: number(values, 'gpu', 0),
      price: number(values, 'price', 0),
      max: number(values, 'max', 1),
    },
  ];
}

function valuesOf(text: string): Map<Key, string> {
  const values = new Map<Key, string>();
  for (const part of text.split(',')) {
    const [key = '', value = ''] = part.split('=', 2);
    if (!(KEYS as readonly string[]).includes(key)) {
      throw new InvalidArgumentError(`${JSON.stringify(key)} is none of ${KEYS.join(', ')}.`);
    }
    if (values.has(key as Key)) throw new InvalidArgumentError(`${key} is given twice.`);
    values.set(key as Key, value);
  }
  const missing = KEYS.filter((key) => (values.get(key) ?? '') === '');
  if (missing.length > 0) throw new InvalidArgumentError(`It lacks ${missing.join(', ')}.`);
  return values;
}

function number(values: ReadonlyMap<Key, string>, key: Key, least: number): number {
  const text = values.get(key)!;
  const value = Number(text);
  const whole = key === 'price' || Number.isInteger(value);
  if (!Number.isFinite(value) || value < least || !whole) {
    const kind = key === 'price' ? 'number' : 'whole number';
    throw new InvalidArgumentError(`${key} is ${JSON.stringify(text)}, expected a ${kind} of at least ${least}.`);
  }
  return value;
}
