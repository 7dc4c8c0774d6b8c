// Sentences of pages in their readers' language: messages with values in them, and plurals by the language's own rules.

import { isolate } from './direction';
import english from './words.json';

/** A sentence with `{name}` where values stand; or one for each plural category of the value `n`. */
export type Sentence = string | ({ other: string } & Partial<Record<Intl.LDMLPluralRule, string>>);

export type WordKey = keyof typeof english;

type Values = Record<string, string | number>;

export class Words<Key extends string = WordKey> {
  /** Whether the language runs from right to left. */
  rightToLeft = false;

  /** `locale` is for numbers and times; undefined is the browser's own. */
  constructor(
    protected sentences: Partial<Record<Key, Sentence>>,
    public locale?: string,
  ) {}

  /** Gives a sentence, with its values. */
  say(key: Key, values: Values = {}): string {
    const sentence = this.sentences[key] ?? (english as Record<string, Sentence>)[key] ?? '';
    const text =
      typeof sentence === 'string' ? sentence : (sentence[new Intl.PluralRules(this.locale).select(Number(values.n))] ?? sentence.other);
    return text.replace(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name] ?? '';
      return typeof value === 'number' ? new Intl.NumberFormat(this.locale).format(value) : isolate(value, this.rightToLeft);
    });
  }
}

/** What our own pages say, which are in English. */
export const ownWords = /* @__PURE__ */ new Words<WordKey>(english);
