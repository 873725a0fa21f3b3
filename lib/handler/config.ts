/**
 * What each member of a handler's configuration has to be: its `typeof`, a list of things of one shape, or an object, of
 * which a member `name?` may be missing.
 */
export type ConfigShape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'number or nothing'
  | readonly [ConfigShape]
  | { readonly [member: string]: ConfigShape };

/**
 * Reads a configuration from the text of the environment variable `CONFIG`.
 *
 * @throws Error that names the member that is missing or of the wrong kind
 */
export function parseConfig<T>(text: string | undefined, shape: ConfigShape): T {
  if (!text) throw new Error('The environment variable CONFIG is missing');
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new Error(`CONFIG is not JSON: ${(error as Error).message}`, { cause: error });
  }
  check(config, shape, 'CONFIG');
  return config as T;
}

function check(value: unknown, shape: ConfigShape, path: string): void {
  if (shape === 'number or nothing') {
    if (value !== undefined) check(value, 'number', path);
  } else if (typeof shape === 'string') {
    if (typeof value !== shape || value === '') throw new Error(`${path} is ${JSON.stringify(value)}, not a ${shape}`);
  } else if (isList(shape)) {
    if (!Array.isArray(value)) throw new Error(`${path} is ${JSON.stringify(value)}, not a list`);
    value.forEach((item, index) => check(item, shape[0], `${path}[${index}]`));
  } else {
    if (typeof value !== 'object' || value === null)
      throw new Error(`${path} is ${JSON.stringify(value)}, not an object`);
    for (const [key, inner] of Object.entries(shape)) {
      const member = key.replace('?', '');
      const given = (value as Record<string, unknown>)[member];
      if (given !== undefined || member === key) check(given, inner, `${path}.${member}`);
    }
  }
}

function isList(shape: ConfigShape): shape is readonly [ConfigShape] {
  return Array.isArray(shape);
}
