// What the console says, in the language of its agent.

import type { ParleyError } from '../../index';
import { isolate } from '../ui/direction';
import type { Saying } from '../ui/element';
import { errorText } from '../ui/format';
import { type WordKey, Words } from '../ui/words';
import english from './texts/en.json';

export type TextKey = WordKey | keyof typeof english;

class ConsoleTexts extends Words<TextKey> {
  /** A time in seconds, such as `2 min`. */
  duration(time: number): string {
    const seconds = Math.max(0, Math.floor(time));
    if (seconds < 60) return this.unit(seconds, 'second', 'short');
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return this.unit(minutes, 'minute', 'short');
    return `${this.unit(Math.floor(minutes / 60), 'hour', 'short')} ${this.unit(minutes % 60, 'minute', 'short')}`;
  }

  /** How long something has lasted. `since` in unix seconds. */
  since(since: number): string {
    return this.duration(ICF.Parley.now() / 1000 - since);
  }
}

export const texts = new ConsoleTexts(english);

/** Gives a text in the language of the moment, with its values. */
export const say: typeof texts.say = (key, values) => texts.say(key, values);

/** Text of a stranger for use among ours, which it cannot turn around. */
export const isolated = (text: string): string => isolate(text, texts.rightToLeft);

/** Gives a text that is kept, such as why something failed, in the language of the moment. */
export const said = (text: Saying): string => (typeof text === 'function' ? text() : text);

/** An error that the console itself finds. */
export class Told extends Error {
  constructor(readonly key: TextKey) {
    super(key);
  }
}

/**
 * Gives what says an error to the agent. The server says it in English, with more than we know of it; in other languages we say the known
 * reasons, and leave the server its words for others.
 */
export function errorSaying(error: unknown): () => string {
  if (error instanceof Told) return () => say(error.key);
  const key = `error.${(error as Partial<ParleyError> | undefined)?.reason}` as TextKey;
  return () => (texts.tag !== 'en' && key in english ? say(key) : isolated(errorText(error)));
}

export { english };
