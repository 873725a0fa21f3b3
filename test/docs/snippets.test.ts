/** The TypeScript of README and docs compiles, as it stands, against the public API. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const ROOT = join(__dirname, '../..');

/** What a snippet may take for there: whoever reads it has such things. */
const PREAMBLE = `
declare const stack: import('aws-cdk-lib').Stack;
declare const vpc: import('aws-cdk-lib/aws-ec2').IVpc;
declare const cluster: import('cdk-batch-foreman').BatchCluster;
declare const queue: import('aws-cdk-lib/aws-batch').IJobQueue;
declare const job: import('cdk-batch-foreman').ContainerJobDefinition;
declare const topic: import('aws-cdk-lib/aws-sns').ITopic;
`;

interface Snippet {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

function snippets(): Snippet[] {
  const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: ROOT, encoding: 'utf8' })
    .split('\n')
    .filter((page) => page !== '' && page !== 'API.md');
  return pages.flatMap((page) =>
    [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code], index) => {
      const declared = new Set(
        [...code!.matchAll(/\b(?:const|let|class|import .*?)\b\s*\{?\s*([\w, ]+)/g)].flatMap(([, names]) =>
          names!.split(/,\s*/),
        ),
      );
      const given = PREAMBLE.split('\n').filter((line) => !declared.has(/const (\w+):/.exec(line)?.[1] ?? ''));
      return {
        name: `${page} ${index + 1}`,
        // Beside the library, so that imports are found; never written.
        file: join(ROOT, 'test/docs', `${page.replaceAll('/', '-')}-${index + 1}.ts`),
        text: `${given.join('\n')}\n${code}\nexport {};\n`,
      };
    }),
  );
}

const all = snippets();
let problems: ReadonlyMap<string, string[]>;

beforeAll(() => {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) => ts.sys.readFile(file)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      incremental: false,
      tsBuildInfoFile: undefined,
      // Half of a snippet's names are there to be used by the reader.
      noUnusedLocals: false,
      paths: { 'cdk-batch-foreman': [join(ROOT, 'lib/index.ts')] },
    },
    ROOT,
  );
  const host = ts.createCompilerHost(options);
  const text = new Map(all.map((snippet) => [snippet.file, snippet.text]));
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => text.has(file) || fileExists.call(host, file);
  host.readFile = (file) => text.get(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, language, ...rest) => {
    const own = text.get(file);
    return own === undefined
      ? getSourceFile.call(host, file, language, ...rest)
      : ts.createSourceFile(file, own, language);
  };
  const program = ts.createProgram([...text.keys()], options, host);
  problems = new Map(
    all.map(({ name, file }) => {
      const source = program.getSourceFile(file)!;
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [name, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
});

test('there are snippets', () => {
  expect(all.length).toBeGreaterThan(0);
});

test.each(all.map(({ name }) => name))('%s compiles', (name) => {
  expect(problems.get(name)).toEqual([]);
});
