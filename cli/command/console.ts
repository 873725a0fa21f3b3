/** Where a command writes, and what it knows of the world around it. */
export interface Console {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

export type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'write'>;

export function print({ stdout }: Console, text: string): void {
  stdout.write(`${text}\n`);
}

/** As other programs read it. */
export function printJson(console: Console, value: unknown): void {
  print(console, JSON.stringify(value, null, 2));
}
