/**
 * Has the compiled package load a file when something of it is first asked for, as aws-cdk-lib does: who imports the package
 * for two constructs does not pay for all of them. Runs after jsii, on dist/index.js.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const INDEX = join(__dirname, '../dist/index.js');
const EXPORTED = /require\("(\.\/[^"]+)"\)/g;

function main(): void {
  const files = [...readFileSync(INDEX, 'utf8').matchAll(EXPORTED)].map(([, file]) => file!);
  if (files.length === 0) throw new Error(`${INDEX} is not what jsii has written: run it first`);
  // What is exported under which name is asked of the index itself, before it is replaced.
  const names = Object.keys(load(INDEX));
  const lines = names.map((name) => `lazily(${JSON.stringify(name)}, ${JSON.stringify(fileOf(name, files))});`);
  writeFileSync(INDEX, `${PROLOGUE}\n${lines.join('\n')}\n`);
}

function fileOf(name: string, files: readonly string[]): string {
  const value = load(INDEX)[name];
  const file = files.find((candidate) => load(join(INDEX, '..', candidate))[name] === value);
  if (file === undefined) throw new Error(`${name} is exported by none of ${files.join(', ')}`);
  return file;
}

function load(file: string): Readonly<Record<string, unknown>> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- which file is known when it runs
  return require(file) as Readonly<Record<string, unknown>>;
}

const PROLOGUE = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
function lazily(name, file) {
  Object.defineProperty(exports, name, {
    enumerable: true,
    configurable: true,
    get: () => {
      const value = require(file)[name];
      Object.defineProperty(exports, name, { enumerable: true, configurable: true, value });
      return value;
    },
  });
}`;

main();
