import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBundle } from '../../../local/lambda/runtime';

let directory: string;

beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'bundle-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const write = (code: string) => writeFileSync(join(directory, 'index.js'), code);

test('a bundle is loaded from its directory by the file of its handler', async () => {
  write('exports.createHandler = ({ env }) => async (event) => `${env.GREETING} ${event.name}`;');
  const createHandler = loadBundle(directory, 'index.handler');
  const handler = createHandler({ env: { GREETING: 'hello' } } as never);
  expect(await handler({ name: 'you' }, undefined as never)).toBe('hello you');
});

test('a bundle is loaded once for all execution environments', () => {
  write('let loads = 0; loads++; exports.createHandler = () => async () => loads;');
  expect(loadBundle(directory, 'index.handler')).toBe(loadBundle(directory, 'index.handler'));
});

test('copies of one bundle are loaded once, and another bundle is another', () => {
  const copies = ['first', 'second', 'other'].map((name) => join(directory, name));
  for (const copy of copies) {
    mkdirSync(copy);
    writeFileSync(join(copy, 'index.js'), `exports.createHandler = () => async () => ${copy.endsWith('other')};`);
  }
  const [first, second, other] = copies.map((copy) => loadBundle(copy, 'index.handler'));
  expect(second).toBe(first);
  expect(other).not.toBe(first);
});

test('code that was not bundled for the local AWS says what it lacks', () => {
  write('exports.handler = async () => null;');
  expect(() => loadBundle(directory, 'index.handler')).toThrow(/exports no createHandler/);
});
