// Reads the parameters of a request, with the server's own words for what is wrong.

import { limits, Refusal } from './protocol';

const kind = (value: unknown) => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a JSON array';
  if (typeof value === 'object') return 'a JSON object';
  return `a ${typeof value}`;
};

export class Params {
  /** `fromURL` has the parameters that are text because they were in a URL or a form. */
  constructor(
    readonly values: Record<string, any>,
    private readonly fromURL: ReadonlySet<string> = new Set(),
  ) {}

  static of(data: unknown): Params {
    if (data === undefined || data === null) return new Params({});
    if (typeof data !== 'object' || Array.isArray(data))
      throw new Refusal('400 bad-argument', `data: must be a JSON object, not ${kind(data)}`);
    return new Params(Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null)));
  }

  has(name: string): boolean {
    return this.values[name] !== undefined;
  }

  fail(text: string): never {
    throw new Refusal('400 bad-argument', text);
  }

  text(name: string): string {
    const value = this.values[name];
    if (value === undefined) return '';
    if (typeof value !== 'string') this.fail(`${name}: must be a string, not ${kind(value)}`);
    return value;
  }

  requiredText(name: string): string {
    return this.text(name) || this.fail(`${name}: must be given and must not be empty`);
  }

  boundedText(name: string, most: number): string {
    const text = this.text(name);
    const length = [...text].length;
    if (length > most) this.fail(`${name}: ${length} characters, at most ${most} are allowed`);
    return text;
  }

  message(): { text: string; format: string } {
    const text = this.text('message');
    const format = this.oneOf('format', 'text', 'html');
    const length = [...text].length;
    if (length > limits.message)
      throw new Refusal('413 message-too-long', `message: ${length} characters, at most ${limits.message} are allowed`);
    return { text, format: format === 'html' ? format : '' };
  }

  /** A text, or a whole number as one. */
  word(name: string): string {
    const value = this.values[name];
    return typeof value === 'number' ? String(value) : this.boundedText(name, 128);
  }

  /** An array of words, or a text of words with commas; undefined if absent. */
  words(name: string): string[] | undefined {
    const value = this.values[name];
    if (value === undefined) return undefined;
    if (Array.isArray(value)) return value.map(String);
    return typeof value === 'string'
      ? value
          .split(',')
          .map((part) => part.trim())
          .filter(Boolean)
      : [this.word(name)];
  }

  flag(name: string): boolean {
    const value = this.values[name];
    if (value === undefined) return false;
    if (this.fromURL.has(name)) {
      if (!['true', 'false', '1', '0'].includes(value)) this.fail(`${name}: must be true or false`);
      return value === 'true' || value === '1';
    }
    if (typeof value !== 'boolean') this.fail(`${name}: must be true or false, not ${kind(value)}`);
    return value;
  }

  number(name: string, least: number, most: number, absent: number): number {
    let value = this.values[name];
    if (value === undefined) return absent;
    if (this.fromURL.has(name)) {
      if (value.trim() === '' || Number.isNaN(Number(value))) this.fail(`${name}: must be a number, not ${JSON.stringify(value)}`);
      value = Number(value);
    }
    if (typeof value !== 'number') this.fail(`${name}: must be a number, not ${kind(value)}`);
    if (value < least || value > most) this.fail(`${name}: must be from ${least} to ${most}`);
    return value;
  }

  count(name: string, least: number, most: number, absent: number): number {
    const value = this.number(name, least, most, absent);
    if (!Number.isInteger(value)) this.fail(`${name}: must be a whole number`);
    return value;
  }

  oneOf(name: string, ...choices: string[]): string {
    const text = this.text(name);
    if (this.has(name) && !choices.includes(text)) {
      this.fail(`${name}: must be one of [${choices.map((choice) => JSON.stringify(choice)).join(' ')}], not ${JSON.stringify(text)}`);
    }
    return text;
  }

  object(name: string): Record<string, any> | undefined {
    const value = this.values[name];
    if (value !== undefined && (typeof value !== 'object' || Array.isArray(value))) this.fail(`${name}: must be an object`);
    return value;
  }

  nested(name: string): Params {
    return Params.of(this.object(name));
  }
}
