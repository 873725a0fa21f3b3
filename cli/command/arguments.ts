import { InvalidArgumentError } from 'commander';

/** Arguments that several verbs take. What is wrong with one is said in one line. */

const JOB_ID = /^[\w-]+(:\d+)?$/;

/** @returns the id of a job that is named by its id or its ARN */
export function jobId(text: string): string {
  const id = text.startsWith('arn:') ? text.slice(text.lastIndexOf('/') + 1) : text;
  if (!JOB_ID.test(id)) throw new InvalidArgumentError('It is neither the id of a job nor its ARN.');
  return id;
}

export function url(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text;
  throw new InvalidArgumentError('It is no http or https address.');
}

export function wholeNumber(least: number, most = Infinity): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      const range = most === Infinity ? `from ${least} up` : `from ${least} to ${most}`;
      throw new InvalidArgumentError(`It is no whole number ${range}.`);
    }
    return value;
  };
}

/** Collects an option that may be repeated. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
