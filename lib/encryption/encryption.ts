import type * as kms from 'aws-cdk-lib/aws-kms';
import type { IConstruct } from 'constructs';
import { ValidationError } from '../validation/validation-error';

/** What was given, by the construct that it was given for. */
const KEYS = new WeakMap<IConstruct, kms.IKey>();
/** What was made first in a construct and has looked for a key: a key that is given later comes too late for it. */
const FIRST = new WeakMap<IConstruct, IConstruct>();

/**
 * Encrypts all that this library stores in a stack, an app or any other construct with one key of your own: tables, queues,
 * topics, logs, the payloads of schedules, the variables of functions, volumes with their snapshots, and file systems.
 *
 * ```
 * Encryption.of(this).useKey(new Key(this, 'Key', { enableKeyRotation: true }));
 * ```
 *
 * The key's policy is given what AWS services need, and each role what it needs. The policy of an imported key cannot be
 * changed: docs/encryption.md has what it must say. A key that is given for one thing, as `rootVolume.encryptionKey`, takes
 * its place there.
 */
export class Encryption {
  /** @param scope in which everything is meant, whatever stack it is in */
  static of(scope: IConstruct): Encryption {
    return new Encryption(scope);
  }

  private constructor(private readonly scope: IConstruct) {}

  /**
   * To be called before the first construct of this library is made in the scope. Of two keys the one of the inner scope
   * holds.
   *
   * @param key a symmetric key, in the account and Region of what it encrypts
   * @throws ValidationError when something is there already that is not encrypted with it, and for an alias
   */
  useKey(key: kms.IKey): void {
    if ('aliasName' in key) {
      const advice = 'Policies name keys: Key.fromKeyArn or Key.fromLookup finds the one behind an alias.';
      throw new ValidationError(this.scope, { property: 'key', value: 'an alias', allowed: 'a key', advice });
    }
    const first = FIRST.get(this.scope);
    if (first && KEYS.get(this.scope) !== key) {
      throw new ValidationError(this.scope, {
        property: 'key',
        value: `given after ${first.node.path} was made`,
        allowed: 'given before anything of this library is made here',
        advice: 'Call Encryption.of(scope).useKey(key) at the beginning of the scope.',
      });
    }
    KEYS.set(this.scope, key);
  }
}

/** The key that holds where something is stored; nothing where AWS's own keys do. */
export function encryptionKeyOf(scope: IConstruct): kms.IKey | undefined {
  for (const one of [...scope.node.scopes].reverse()) {
    if (!FIRST.has(one)) FIRST.set(one, scope);
    const key = KEYS.get(one);
    if (key) return key;
  }
  return undefined;
}
