import { styleText } from 'node:util';

/** How much a terminal shows. */
export interface Terminal {
  readonly columns: number;
  bold(text: string): string;
  dim(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>;

/** Colours are for terminals only, and for those who want them: https://no-color.org. */
export function terminalOf(stream: Stream, env: Readonly<Record<string, string | undefined>>): Terminal {
  const coloured = stream.isTTY && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb';
  const style =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      coloured ? styleText(format, text, { validateStream: false }) : text;
  return {
    columns: Math.min(stream.columns ?? 80, 100),
    bold: style('bold'),
    dim: style('dim'),
    good: style('green'),
    bad: style('red'),
  };
}

/** One line that says what is being done, and goes away; on a terminal only. */
export function statusLine(stream: Pick<NodeJS.WriteStream, 'isTTY' | 'write'>): (text: string) => void {
  return (text) => {
    if (stream.isTTY) stream.write(`\r\u001b[K${text}`);
  };
}
