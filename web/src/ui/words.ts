// Sentences of pages in their readers' language: messages with values in them, and plurals by the language's own rules.

import { isolate } from './direction';
import { each, errorText } from './format';
import { isFromTheRight, localeOf } from './languages';
import english from './words.json';

/** A sentence with `{name}` where values stand; or one for each plural category of the value `n`. */
export type Sentence = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>);

export type WordKey = keyof typeof english;

/** What stands in a sentence: what others wrote, numbers, and what gives a text of our own. */
type Values = Record<string, string | number | (() => string)>;

const numbers = /* @__PURE__ */ each((locale) => new Intl.NumberFormat(locale));
const plurals = /* @__PURE__ */ each((locale) => new Intl.PluralRules(locale));

export class Words<Key extends string = WordKey> {
  /** The tag of the language, as it was asked for. */
  tag = 'en';
  /** Whether the language runs from right to left. */
  rightToLeft = false;
  /** For numbers and times; undefined is the browser's own. */
  locale: string | undefined;

  constructor(protected sentences: Partial<Record<Key, Sentence>>) {}

  /** Says everything in a language from now on: numbers and times as the reader's browser does, if it has the language. */
  speak(tag: string, sentences: Partial<Record<Key, Sentence>>): void {
    const locale = localeOf(tag);
    this.tag = tag;
    this.sentences = sentences;
    this.locale = navigator.languages.find((one) => localeOf(one).language === locale.language) ?? locale.minimize().toString();
    this.rightToLeft = isFromTheRight(locale);
  }

  /** Gives what says an error. The server's words are in English. */
  error(error: unknown): () => string {
    return () => errorText(error);
  }

  /** Gives a sentence, with its values. */
  say(key: Key, values: Values = {}): string {
    const sentence = this.sentences[key] ?? (english as Record<string, Sentence>)[key] ?? '';
    const text = typeof sentence === 'string' ? sentence : (sentence[plurals(this.locale).select(Number(values.n))] ?? sentence.other);
    return text.replace(/\{(\w+)\}/g, (braced, name: string) => {
      const value = values[name] ?? (name in values ? '' : braced); // somebody else's words may have braces
      if (typeof value === 'function') return value();
      return typeof value === 'number' ? this.number(value) : isolate(value, this.rightToLeft);
    });
  }

  number(value: number): string {
    return numbers(this.locale).format(value);
  }

  /** A number of units of Intl, such as `minute`. */
  unit(value: number, unit: string, unitDisplay: 'long' | 'short' = 'long'): string {
    return new Intl.NumberFormat(this.locale, { style: 'unit', unit, unitDisplay }).format(value);
  }

  /** Names as a list. */
  list(names: string[]): string {
    if (names.length === 1) return names[0]!;
    return new Intl.ListFormat(this.locale).format(names.map((name) => isolate(name, this.rightToLeft)));
  }
}
