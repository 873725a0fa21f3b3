/** What esbuild is told of the code of others, so that a bundle has no more of it than it needs. */
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'esbuild';

/** A source map of one mapping, for all of a file: whoever reads a stack is helped by lines of ours. */
const ONE_MAPPING = Buffer.from('{"version":3,"sources":[""],"mappings":"AAAA"}').toString('base64');

const CONSTANT = /^const (\w+) = ("(?:[^"\\]|\\.)*");$/gm;
const COMPUTED_KEY = /\[(_\w+)\]:/g;

/**
 * The AWS SDK's schemas say `{ [_eQN]: … }` where `_eQN` is a constant text. esbuild keeps what has a computed key, since
 * computing it might do something: all that EC2 knows, for the few operations that are called.
 */
function withPlainKeys(code: string): string {
  const constants = new Map([...code.matchAll(CONSTANT)].map(([, name, text]) => [name, text]));
  return code.replace(COMPUTED_KEY, (key, name: string) => (constants.has(name) ? `${constants.get(name)}:` : key));
}

export const leanDependencies: Plugin = {
  name: 'lean-dependencies',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]node_modules[\\/].*\.js$/ }, async ({ path }) => {
      const code = await readFile(path, 'utf8');
      const isSchema = /[\\/]dist-es[\\/]schemas[\\/]/.test(path);
      const comment = `//# sourceMappingURL=data:application/json;base64,${ONE_MAPPING}`;
      return { contents: `${isSchema ? withPlainKeys(code) : code}\n${comment}`, loader: 'js' };
    });
  },
};
