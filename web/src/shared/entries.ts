// The check of a conversation that a page brings in, before any of it is sent.

import type * as Public from '../../index';
import * as args from './args';
import { toJSON } from './args';
import { ParleyError } from './errors';

// How far ahead the clock of who imports may be, in seconds.
const clocksDiffer = 300;
const entriesAtMost = 10_000;

// A request has so many entries and bytes at most: the server takes 1,000, and
// taking one in must not make the page stutter.
const entriesInRequest = 500;
const bytesInRequest = 64 << 10;

/** An entry as the server gets it. */
export type Entry = Required<Public.HistoryEntry>;

/** A conversation from elsewhere, checked: throws what is wrong with which entry. */
export function entries(name: string, value: unknown, textLength: number): Entry[] {
  if (!Array.isArray(value)) throw args.wrong(name, 'an array', value);
  if (value.length > entriesAtMost) {
    throw new ParleyError(413, `${name} has ${value.length} entries, at most ${entriesAtMost} are allowed`);
  }
  const now = Date.now() / 1000;
  return Array.from(value, (item, i) => {
    const at = `${name}[${i}]`;
    const entry = args.object(at, item);
    const message = entry.message;
    if (typeof message !== 'string') throw args.wrong(`${at}.message`, 'a string', message);
    // Characters as the server counts them; there are never more than units.
    if (message.length > textLength && [...message].length > textLength) {
      throw new ParleyError(413, `${at}.message is too long, at most ${textLength} characters are allowed`);
    }
    const sender = args.text(`${at}.sender`, entry.sender);
    if (sender.length > 128) throw new ParleyError(400, `${at}.sender has more than 128 characters`);
    const created = entry.created ?? now;
    if (typeof created !== 'number' || !(created >= 0 && created <= now + clocksDiffer)) {
      throw args.wrong(`${at}.created`, 'a time in unix seconds that is not in the future', created);
    }
    return { sender, message, created, type: args.oneOf(`${at}.type`, entry.type ?? 'text', ['text', 'object'] as const) };
  });
}

/** Cuts entries into what fits one request each. */
export function requests<E extends Entry>(list: E[]): E[][] {
  const parts: E[][] = [];
  let size = Infinity;
  for (const entry of list) {
    const bytes = new TextEncoder().encode(toJSON(entry)).length;
    if (size + bytes > bytesInRequest || parts.at(-1)!.length === entriesInRequest) {
      parts.push([]);
      size = 0;
    }
    parts.at(-1)!.push(entry);
    size += bytes;
  }
  return parts;
}
