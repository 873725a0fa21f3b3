import { Token, Tokenization } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import type { EventText } from './config';

/** Texts with values of an event in them, in which each value is told by its number. */
export interface EventTexts {
  readonly texts: Readonly<Record<string, EventText>>;
  /** Tokens that EventBridge puts values in the place of, in the order of their numbers. */
  readonly values: readonly string[];
}

/**
 * Takes the fields of events out of texts. EventBridge escapes a value that stands for itself, and not one within a text:
 * so the function puts them together.
 */
export function eventTexts(parameters: Readonly<Record<string, string>>): EventTexts {
  const values: string[] = [];
  const numberOf = (field: string): number => {
    if (!values.includes(field)) values.push(field);
    return values.indexOf(field);
  };
  const texts = Object.entries(parameters).map(([name, text]): [string, EventText] => [
    name,
    text
      .split(TOKEN)
      .filter((part) => part !== '')
      .map((part) => (isEventField(part) ? numberOf(part) : part)),
  ]);
  return { texts: Object.fromEntries(texts), values };
}

/** As CDK writes tokens into texts. */
const TOKEN = /(\$\{Token\[[^\]]*\]\})/;

function isEventField(part: string): boolean {
  return Token.isUnresolved(part) && Tokenization.reverse(part) instanceof events.EventField;
}
