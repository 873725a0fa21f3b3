/** Matches a name, whatever its case, against values of which one may end with an asterisk and so be a prefix. */
export function namePattern(values: readonly string[]): (name: string) => boolean {
  const patterns = values.map((value) => value.toLowerCase());
  return (name) => {
    const lower = name.toLowerCase();
    return patterns.some((pattern) =>
      pattern.endsWith('*') ? lower.startsWith(pattern.slice(0, -1)) : lower === pattern,
    );
  };
}
