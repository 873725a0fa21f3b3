/** Controls of terminals, marks that turn the direction of writing, what is no letter yet, and breaks of lines. */
const UNPRINTABLE = /[\p{C}\u2028\u2029]/gu;

/**
 * A line of ours with words of others in it, as it may be shown on a terminal: reasons and names could move the cursor, set
 * the window's title or add lines that nobody has written.
 */
export function printableLine(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
