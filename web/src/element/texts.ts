// What the window says, in the language of its visitor.

import { isolate } from '../ui/direction';
import { errorText } from '../ui/format';
import { isFromTheRight, localeOf } from '../ui/languages';
import { type Sentence, type WordKey, Words } from '../ui/words';
import english from './texts/en.json';

export type TextKey = WordKey | keyof typeof english;

/** The sentences of a language, or those that a page has in place of ours. */
export type Sentences = Partial<Record<TextKey, Sentence>>;

export class Texts extends Words<TextKey> {
  /** The tag of the language, as the page has it. */
  tag = 'en';
  private own: Sentences = english;
  private given: Sentences = {};

  constructor() {
    super(english);
  }

  /** Says everything in a language from now on: numbers and times as the visitor's browser does, if it has the language. */
  speak(tag: string, own: Sentences): void {
    const { language, script } = localeOf(tag);
    this.tag = tag;
    this.own = own;
    this.locale = navigator.languages.find((one) => localeOf(one).language === language) ?? localeOf(tag).minimize().toString();
    this.rightToLeft = isFromTheRight(script);
    this.merge();
  }

  /** Takes sentences of the page in place of ours. */
  replace(given: Sentences): void {
    this.given = given;
    this.merge();
  }

  /** Names as a list. */
  list(names: string[]): string {
    if (names.length === 1) return names[0]!;
    return new Intl.ListFormat(this.locale).format(names.map((name) => isolate(name, this.rightToLeft)));
  }

  /** Day and clock of a time within a week, in unix milliseconds, where the visitor is. */
  moment(time: number): string {
    return new Intl.DateTimeFormat(this.locale, { weekday: 'long', hour: 'numeric', minute: '2-digit' }).format(time);
  }

  /** A time in seconds, rounded up, since a wait should not be longer than announced. */
  span(seconds: number): string {
    if (seconds < 50) return this.unit(Math.max(10, Math.ceil(seconds / 10) * 10), 'second');
    const minutes = Math.ceil(seconds / 60);
    return minutes < 90 ? this.unit(minutes, 'minute') : this.unit(Math.ceil(minutes / 60), 'hour');
  }

  /** Gives what says an error to the visitor. What the server says of it is in English. */
  error(error: unknown): () => string {
    const { code, message } = error as { code?: number; message?: string };
    if (this.own !== english) console.warn(error);
    return () => {
      if (this.own === english) return errorText(error instanceof Error ? error : message);
      return this.say(code === 503 ? 'error.offline' : code === 413 ? 'error.large' : 'error');
    };
  }

  private unit(number: number, unit: string): string {
    return new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay: 'long' }).format(number);
  }

  private merge(): void {
    this.sentences = { ...english, ...this.own, ...this.given };
  }
}

export { english };
