import { ServiceError } from '../wire/service';

/** Batch calls whatever the caller did wrong a `ClientException`. */
export function refuse(message: string): never {
  throw new ServiceError('ClientException', message);
}

export function check(condition: unknown, message: string): asserts condition {
  if (!condition) refuse(message);
}

const NAME = /^[A-Za-z0-9_-]{1,128}$/;

/** Up to 128 letters, numbers, hyphens and underscores. */
export function checkName(name: string, member: string): void {
  check(NAME.test(name), `${member} ${JSON.stringify(name)} should match valid pattern ${NAME.source}`);
}

export function checkRange(value: number | undefined, least: number, most: number, member: string): void {
  if (value === undefined) return;
  const within = Number.isInteger(value) && value >= least && value <= most;
  check(within, `${member} must be an integer between ${least} and ${most}, got ${value}`);
}

export function checkAtMost(list: readonly unknown[] | undefined, most: number, member: string): void {
  check((list?.length ?? 0) <= most, `${member} has ${list?.length} elements, at most ${most} are allowed`);
}

export function checkState(state: string | undefined): void {
  const known = state === undefined || state === 'ENABLED' || state === 'DISABLED';
  check(known, `state must be ENABLED or DISABLED, got ${state}`);
}

const MOST_TAGS = 50;

/** @see https://docs.aws.amazon.com/batch/latest/userguide/using-tags.html */
export function checkTags(tags: Readonly<Record<string, string>> | undefined): void {
  const entries = Object.entries(tags ?? {});
  check(entries.length <= MOST_TAGS, `A resource has at most ${MOST_TAGS} tags, got ${entries.length}`);
  for (const [key, value] of entries) {
    check(key.length >= 1 && key.length <= 128, `Tag key ${JSON.stringify(key)} must have 1 to 128 characters`);
    check(value.length <= 256, `The value of tag ${key} is longer than 256 characters`);
    check(!/^aws:/i.test(key), `Tag key ${key} starts with aws:, which is reserved`);
  }
}
