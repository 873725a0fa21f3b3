/** Every snippet in README and docs is TypeScript that compiles, given what `snippet-names.d.ts` says is there. */
import { join } from 'node:path';
import ts from 'typescript';
import { PAGES, ROOT, type Snippet, snippetsOf } from './snippets';

const NAMES = join(__dirname, 'snippet-names.d.ts');
const IMPORT = /^import .*?;$/gms;

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  skipLibCheck: true,
  noEmit: true,
  resolveJsonModule: true,
  types: ['node'],
  paths: { 'cdk-batch-foreman': [join(ROOT, 'lib/index.ts')] },
};

/** Its lines stay where they are, so that what is wrong is found. */
function moduleOf({ code }: Snippet): string {
  const imports = [...code.matchAll(IMPORT)].map(([text]) => text.replaceAll('\n', ' '));
  const body = code.replaceAll(IMPORT, (text) => text.replaceAll(/[^\n]/g, ''));
  const around = [
    `import { Stack as $Stack } from 'aws-cdk-lib';`,
    ...imports,
    `export class Snippet extends $Stack { constructor() { super();`,
  ];
  return `${around.join(' ')} ${body} } }`;
}

const snippets = PAGES.flatMap(snippetsOf).filter(({ language }) => language === 'ts' || language === 'typescript');
const files = new Map(snippets.map((snippet) => [join(ROOT, `${snippet.page}.${snippet.line}.ts`), snippet]));

/** `docs/limits.md:12: Cannot find name …`, by page. */
function errors(): Map<string, string[]> {
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists, readFile } = host;
  const text = (name: string): string | undefined => {
    const snippet = files.get(name);
    return snippet && moduleOf(snippet);
  };
  host.fileExists = (name) => files.has(name) || fileExists.call(host, name);
  host.readFile = (name) => text(name) ?? readFile.call(host, name);
  host.getSourceFile = (name, version, ...rest) => {
    const code = text(name);
    return code === undefined
      ? getSourceFile.call(host, name, version, ...rest)
      : ts.createSourceFile(name, code, version, true);
  };
  const program = ts.createProgram({ rootNames: [NAMES, ...files.keys()], options: OPTIONS, host });
  const found = new Map<string, string[]>();
  for (const [name, { page, line }] of files) {
    const source = program.getSourceFile(name)!;
    for (const diagnostic of [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]) {
      const at = line + source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
      const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
      found.set(page, [...(found.get(page) ?? []), `${page}:${at}: ${message}`]);
    }
  }
  return found;
}

const pages = [...new Set(snippets.map(({ page }) => page))];
let found: Map<string, string[]>;
beforeAll(() => {
  found = errors();
});

test.each(pages)('the snippets of %s compile', (page) => {
  expect(found.get(page) ?? []).toEqual([]);
});

test('each fence says what language it holds', () => {
  const nameless = PAGES.flatMap(snippetsOf).filter(({ language }) => language === '');
  expect(nameless.map(({ page, line }) => `${page}:${line}`)).toEqual([]);
});
