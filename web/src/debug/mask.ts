// Makes what people wrote unreadable in a recording, and keeps what the core decides by: lengths in
// characters and in bytes of JSON, ids, events, states, numbers. The same text always becomes the same.

import type { Entry } from './timeline';

// Members with words of the protocol and with ids. All other texts are masked.
const kept = new Set(
  (
    'event fields id chatId userId eventId messageId agentId sender senderId creator chat user room rooms lang langs source type types state status mode format ' +
    'reason transport algorithm kind role method api socket url path appId providerId ticketId ticketNumber watchers readBy ' +
    'users intervenedUsers interventor key last record x-hyper-appId assignTimeout version'
  ).split(' '),
);

// Members with secrets, each of which becomes another word of the same length.
const secret = /token|secret|password|domainkey|x-hyper-key/i;

// Members whose whole content is the page's or a person's, numbers included.
const free = new Set(['extraInfo', 'extraData', 'body', 'answers']);

// What decides whether a file may be sent.
const extension = /\.(png|jpe?g|gif|webp|svg|bmp|heic|heif|mov|mp4|webm|mp3|wav|pdf|docx?|xlsx?|pptx?|txt|csv|json|xml|zip|html?|exe|js)$/i;

// As shared/args.ts: a text of these alone shows nothing, and is refused.
const visible = /[^\p{Z}\p{Cc}\p{DI}\u2800]/u;

// How many masked names are remembered, to find them in the words of errors.
const namesAtMost = 500;

/** A character of the same size in UTF-8, in UTF-16 and in JSON. */
function same(character: string): string {
  const code = character.codePointAt(0)!;
  if ('"\\\n\r\t\b\f'.includes(character)) return '\n';
  if (code < 0x20) return '\u0001';
  if (code < 0x80) return 'x';
  if (code < 0x800) return 'ж';
  return code < 0x10000 ? '한' : '😀';
}

const text = (value: string): string => (visible.test(value) ? value.replace(/[\s\S]/gu, same) : value);

type Json = Record<string, unknown>;
type Item = unknown[];

export class Mask {
  private readonly names = new Map<string, string>();
  private readonly aliases = new Map<string, string>();

  /** An entry of a recording, as it comes from the core. */
  entry(entry: Entry): Entry {
    return { ...entry, in: this.input(entry.in), out: entry.out.map((item) => this.item(item)) };
  }

  private input(input: Item): Item {
    const [door, number, content] = input as [string, number, any];
    if (door === 'command') return [door, number, this.command(content)];
    if (door === 'frames') return [door, number, content.map((frame: string) => this.frame(frame))];
    return this.item(input);
  }

  /** A batch's item or an input: its name, then its values. */
  item(item: Item): Item {
    const [name] = item;
    return item.map((value, at) => {
      if (at === 0) return value;
      if (typeof value !== 'string') return this.value(value, '', false);
      if (name === 'created' && at === 3) return this.name(value);
      if (name === 'fetched' && (item[2] as number) > 0) return this.json(value, false) ?? text(value);
      if (name === 'send' || (name === 'fetch' && at === 4)) return this.json(value, name === 'fetch') ?? this.word(value);
      return this.word(value);
    });
  }

  /** A frame: JSON, or whatever text came. */
  frame(frame: string): unknown {
    return this.json(frame, false) ?? text(frame);
  }

  /** A command. */
  command(json: string): unknown {
    const { name, args } = JSON.parse(json);
    return { name, args: this.value(args, '', false) };
  }

  /** JSON of an object or an array, masked; undefined for anything else. */
  json(json: string, all: boolean): unknown {
    if (!/^\s*[[{]/.test(json)) return undefined;
    try {
      return this.value(JSON.parse(json), '', all);
    } catch {
      return undefined;
    }
  }

  private value(value: unknown, key: string, all: boolean): unknown {
    if (typeof value === 'string') return this.member(value, key, all);
    if (typeof value === 'number') return all ? Number(String(value).replace(/\d/g, '1')) : value;
    if (Array.isArray(value)) return value.map((each) => this.value(each, key, all));
    if (typeof value !== 'object' || value === null) return value;
    const members = value as Json;
    const failure = !all && typeof members.code === 'number' && typeof members.message === 'string';
    return Object.fromEntries(
      Object.entries(members).map(([name, each]) => {
        if (failure && (name === 'message' || name === 'detail')) return [name, this.words(String(each))];
        return [name, this.value(each, name, all || free.has(name))];
      }),
    );
  }

  private member(value: string, key: string, all: boolean): string {
    if (secret.test(key)) return this.alias(value);
    if (all) return this.name(value);
    if (kept.has(key)) return this.word(value);
    return this.name(value);
  }

  // A word of the protocol, an id or an address. Some apps take mail addresses as ids.
  private word(value: string): string {
    if (/^[a-z]+:\/\/|^\//.test(value)) return value.replace(/([?&][^=&]*=)([^&]*)/g, (_, name, given) => name + text(given));
    return /@/.test(value) ? this.alias(value) : value;
  }

  // A text, with what errors may quote of it.
  private name(value: string): string {
    const end = extension.exec(value)?.[0] ?? '';
    const masked = text(value.slice(0, value.length - end.length)) + end;
    if (value.length > 2 && value.length <= 128 && masked !== value) {
      this.names.delete(value);
      this.names.set(value, masked);
      if (this.names.size > namesAtMost) this.names.delete(this.names.keys().next().value!);
    }
    return masked;
  }

  private alias(value: string): string {
    let alias = this.aliases.get(value);
    if (alias === undefined) {
      alias = value && `secret${this.aliases.size + 1}`.padEnd(value.length, '-').slice(-value.length);
      this.aliases.set(value, alias);
    }
    return alias;
  }

  // The words of an error, with the names in them masked.
  private words(value: string): string {
    // The longest first, since an id may begin with another one.
    const all = [...this.names, ...this.aliases].sort(([one], [other]) => other.length - one.length);
    for (const [name, masked] of all) if (name) value = value.replaceAll(name, masked);
    return value;
  }
}
