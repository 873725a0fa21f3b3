/** What the person who typed the command has to change, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** That it could not be done, or was not found, in one line; where it was thrown is of no interest. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
