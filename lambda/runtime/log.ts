/** One JSON object a line, as CloudWatch Logs Insights reads it. */
export interface Log {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

/** @param write takes one line; @param common fields that every line carries. */
export function jsonLog(write: (line: string) => void, common: object = {}): Log {
  const at = (level: string) => (message: string, fields?: object) =>
    write(JSON.stringify({ level, message, ...common, ...fields }));
  return { info: at('INFO'), warn: at('WARN'), error: at('ERROR') };
}

/** Log fields for something caught, with the SDK's error name kept. */
export function errorFields(error: unknown): { error: string; errorName?: string } {
  return error instanceof Error ? { error: error.message, errorName: error.name } : { error: String(error) };
}
