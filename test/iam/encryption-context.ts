/**
 * Policies and contexts in the words of the simulator. It knows no `kms:EncryptionContext:name`; a tag of the principal is
 * another key with a name in it, and takes its place.
 */
export function inSimulatorsWords<T>(value: T): T {
  const text = JSON.stringify(value).replace(
    /"kms:EncryptionContext:([^"]+)":/g,
    (_, name: string) => `"aws:PrincipalTag/${name.replaceAll(':', '-')}":`,
  );
  return JSON.parse(text) as T;
}
