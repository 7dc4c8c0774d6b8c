// What the window says, in the language of its visitor.

import { isolate } from '../ui/direction';
import { errorText } from '../ui/format';
import { type Sentence, type WordKey, Words } from '../ui/words';
import english from './texts/en.json';

export type TextKey = WordKey | keyof typeof english;

/** The sentences of a language, or those that a page has in place of ours. */
export type Sentences = Partial<Record<TextKey, Sentence>>;

/** The languages besides English. Of two of one name the last is also for regions that have none. */
// biome-ignore format: a list
export const languages = [
  'ar', 'ca', 'de', 'es', 'fr', 'he', 'hi', 'it', 'ja', 'ko', 'nl', 'pl', 'pt-BR', 'pt-PT', 'ru', 'tr', 'zh-Hans', 'zh-Hant',
] as const;

export type Language = (typeof languages)[number];

/** The file for a language tag; undefined for English, and for what there is no file for. */
export function languageOf(tag: string): Language | undefined {
  const { language, script, region } = localeOf(tag);
  const wanted = [`${language}-${script}`, `${language}-${region}`, language];
  return languages.find((one) => wanted.includes(one)) ?? languages.findLast((one) => one.split('-')[0] === language);
}

/** A tag with what it leaves open: the script of Chinese, and the region of Portuguese. */
function localeOf(tag: string): Intl.Locale {
  try {
    return new Intl.Locale(tag).maximize();
  } catch {
    return new Intl.Locale('en');
  }
}

const fromTheRight = /^(?:Arab|Hebr|Thaa|Syrc|Nkoo|Adlm|Rohg)$/;

export class Texts extends Words<TextKey> {
  private own: Sentences = english;
  private given: Sentences = {};

  constructor() {
    super(english);
  }

  /** Says everything in a language from now on: numbers and times as the visitor's browser does, if it has the language. */
  speak(tag: string, own: Sentences): void {
    const { language, script = '' } = localeOf(tag);
    this.own = own;
    this.locale = navigator.languages.find((one) => localeOf(one).language === language) ?? localeOf(tag).minimize().toString();
    this.rightToLeft = fromTheRight.test(script);
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
