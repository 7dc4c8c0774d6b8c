// The check of a conversation that a page imports, before any of it is sent.

import type * as Public from '../../index';
import * as args from './args';
import { toJSON } from './args';
import { ParleyError } from './errors';

// Clocks that differ by less are taken for equal, in seconds: how far they differ is not known more exactly.
const clocksDiffer = 5;
// Later times are in milliseconds, or worse.
const createdBelow = 1e11;
const entriesAtMost = 10_000;

// The limits of one request. The server takes more, but a small one keeps the page responsive.
const entriesInRequest = 500;
const bytesInRequest = 64 << 10;

/** An entry as it goes to the server, which puts in the time where there is none. */
export type Entry = Required<Omit<Public.HistoryEntry, 'format' | 'created'>> & { created: number | undefined; format?: 'html' };

/**
 * Checks a conversation from elsewhere, and leaves out entries that show nothing. An entry without a time gets that of the
 * next one that has a time, so that it keeps its place. Throws what is wrong with which entry.
 */
export function entries(name: string, value: unknown, textLength: number): Entry[] {
  if (!Array.isArray(value)) throw args.wrong(name, 'an array', value);
  if (value.length > entriesAtMost) {
    throw new ParleyError('413 history-too-long', `${name} has ${value.length} entries, at most ${entriesAtMost} are allowed`);
  }
  const list: Entry[] = Array.from(value, (item, i) => {
    const at = `${name}[${i}]`;
    const entry = args.object(at, item);
    const message = entry.message;
    if (typeof message !== 'string') throw args.wrong(`${at}.message`, 'a string', message);
    // The server counts characters, of which there are never more than UTF-16 units.
    if (message.length > textLength && [...message].length > textLength) {
      throw new ParleyError('413 message-too-long', `${at}.message is too long, at most ${textLength} characters are allowed`);
    }
    const sender = args.text(`${at}.sender`, entry.sender);
    if (sender.length > 128) throw new ParleyError('400 bad-argument', `${at}.sender has more than 128 characters`);
    const created = entry.created ?? undefined;
    if (created !== undefined && (typeof created !== 'number' || !(created >= 0 && created < createdBelow))) {
      throw args.wrong(`${at}.created`, 'a time in unix seconds', created);
    }
    const type = args.oneOf(`${at}.type`, entry.type ?? 'text', ['text', 'object'] as const);
    const format = args.oneOf(`${at}.format`, entry.format ?? 'text', ['text', 'html'] as const);
    return { sender, message, created, type, ...(format === 'html' && { format }) };
  }).filter(({ message }) => args.isVisible(message));
  list.reduceRight<number | undefined>((next, entry) => (entry.created ??= next), undefined);
  return list;
}

/**
 * Entries with times by the server's clock, which shows `now` in unix milliseconds. The page's own may be wrong by years; the
 * times that pages give come from it.
 */
export function dated(list: Entry[], now: number): Entry[] {
  const behind = (now - Date.now()) / 1000;
  if (Math.abs(behind) < clocksDiffer) return list;
  return list.map((entry) => ({ ...entry, created: entry.created === undefined ? undefined : Math.max(0, entry.created + behind) }));
}

/** Splits entries into what fits into one request each. */
export function requests(list: Entry[]): Entry[][] {
  const parts: Entry[][] = [];
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
