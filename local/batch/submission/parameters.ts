/**
 * Puts parameters in the place of `Ref::name`. A placeholder without a parameter stays as it is.
 *
 * @see https://docs.aws.amazon.com/batch/latest/userguide/job_definition_parameters.html
 */
export function substituted(command: readonly string[], parameters: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(parameters);
  if (names.length === 0) return [...command];
  // Of names that begin alike the longest goes first.
  const alternatives = names
    .sort((a, b) => b.length - a.length)
    .map((name) => name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('|');
  const placeholder = new RegExp(`Ref::(${alternatives})`, 'g');
  return command.map((word) => word.replace(placeholder, (_, name: string) => parameters[name]!));
}
