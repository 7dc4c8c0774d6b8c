// What the window says, in the language of its visitor.

import type { ParleyError } from '../../index';
import { errorText } from '../ui/format';
import { type Sentence, type WordKey, Words } from '../ui/words';
import english from './texts/en.json';

export type TextKey = WordKey | keyof typeof english;

/** The sentences of a language, or those that a page has in place of ours. */
export type Sentences = Partial<Record<TextKey, Sentence>>;

export class Texts extends Words<TextKey> {
  private own: Sentences = english;
  private given: Sentences = {};

  constructor() {
    super(english);
  }

  override speak(tag: string, own: Sentences): void {
    super.speak(tag, own);
    this.own = own;
    this.merge();
  }

  /** Takes sentences of the page in place of ours. */
  replace(given: Sentences): void {
    this.given = given;
    this.merge();
  }

  /** Day and clock of a time to come, in unix milliseconds, where the visitor is; with the date where the day of the week might be another. */
  moment(time: number): string {
    const date = time - Date.now() > 6 * 86_400_000 ? ({ day: 'numeric', month: 'long' } as const) : {};
    return new Intl.DateTimeFormat(this.locale, { weekday: 'long', ...date, hour: 'numeric', minute: '2-digit' }).format(time);
  }

  /** A time in seconds, rounded up, since a wait should not be longer than announced. */
  span(seconds: number): string {
    if (seconds < 50) return this.unit(Math.max(10, Math.ceil(seconds / 10) * 10), 'second');
    const minutes = Math.ceil(seconds / 60);
    return minutes < 90 ? this.unit(minutes, 'minute') : this.unit(Math.ceil(minutes / 60), 'hour');
  }

  /** Gives what says an error to the visitor. What the server says of it is in English. */
  override error(error: unknown): () => string {
    const { code, reason, message } = error as Partial<ParleyError>;
    if (this.own !== english) console.warn(error);
    return () => {
      if (this.own === english) return errorText(error instanceof Error ? error : message);
      if (reason === 'not-stored') return this.say('error.unstored');
      return this.say(code === 503 ? 'error.offline' : code === 413 ? 'error.large' : 'error');
    };
  }

  private merge(): void {
    this.sentences = { ...english, ...this.own, ...this.given };
  }
}

export { english };
