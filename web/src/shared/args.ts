// What a page passes in: strict checks, each of which throws a ParleyError of code 400
// that names the argument, what was expected and what came; and its JSON.

import { ParleyError, reason } from './errors';

// A revoked proxy throws at every access.
function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

function kind(value: unknown): string {
  if (value === null) return 'null';
  if (isArray(value)) return 'an array';
  if (typeof value === 'number') return String(value);
  if (value === '') return 'an empty string';
  return typeof value;
}

export function wrong(name: string, expected: string, value: unknown): ParleyError {
  return new ParleyError('400 bad-argument', `${name} must be ${expected}, got ${kind(value)}`);
}

const absent = (value: unknown): value is undefined | null => value === undefined || value === null;

/** A string that is not empty. */
export function text(name: string, value: unknown): string {
  if (typeof value !== 'string' || value === '') throw wrong(name, 'a non-empty string', value);
  return value;
}

// All but blanks, controls, and what Unicode lets fonts leave out. The server has the same rule.
const visible = /[^\p{Z}\p{Cc}\p{DI}\u2800]/u;

/** Whether a text shows anything. */
export const isVisible = (value: string): boolean => visible.test(value);

/** A string, possibly empty; absent gives undefined. */
export function optText(name: string, value: unknown): string | undefined {
  if (absent(value)) return undefined;
  if (typeof value !== 'string') throw wrong(name, 'a string', value);
  return value;
}

/** A short label, such as a room; old pages also give a number. */
export function label(name: string, value: unknown): string {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : text(name, value);
}

/** As `label`; empty or absent gives undefined. */
export function optLabel(name: string, value: unknown): string | undefined {
  return absent(value) || value === '' ? undefined : label(name, value);
}

/** One of a list of words. */
export function oneOf<T extends string>(name: string, value: unknown, words: readonly T[]): T {
  if (!words.includes(value as T)) {
    const got = typeof value === 'string' ? `'${value}'` : kind(value);
    throw new ParleyError('400 bad-argument', `${name} must be one of '${words.join("', '")}', got ${got}`);
  }
  return value as T;
}

/** A plain object. */
export function object(name: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || isArray(value)) throw wrong(name, 'an object', value);
  return value as Record<string, unknown>;
}

/** An object; absent gives undefined. */
export const optObject = (name: string, value: unknown): Record<string, unknown> | undefined =>
  absent(value) ? undefined : object(name, value);

/** A File, of any window; its name and size. */
export function file(name: string, value: unknown): { name: string; size: number } {
  try {
    // The browser's own getter throws for anything that only looks like a File.
    Object.getOwnPropertyDescriptor(File.prototype, 'name')!.get!.call(value);
  } catch {
    throw wrong(name, 'a File', value);
  }
  return value as File;
}

/** A boolean; absent gives undefined. */
export function optBoolean(name: string, value: unknown): boolean | undefined {
  if (absent(value)) return undefined;
  if (typeof value !== 'boolean') throw wrong(name, 'a boolean', value);
  return value;
}

/** A number above zero; absent gives undefined. */
export function optPositive(name: string, value: unknown): number | undefined {
  if (absent(value)) return undefined;
  if (typeof value !== 'number' || !(value > 0) || value === Infinity) throw wrong(name, 'a number above 0', value);
  return value;
}

/** A whole number above zero; absent gives undefined. */
export function optCount(name: string, value: unknown): number | undefined {
  if (absent(value)) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw wrong(name, 'a whole number above 0', value);
  return value as number;
}

/** A TCP port, also as digits; absent gives undefined. */
export function optPort(name: string, value: unknown): number | undefined {
  if (absent(value)) return undefined;
  const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (!Number.isInteger(port) || (port as number) < 1 || (port as number) > 65535) {
    throw wrong(name, 'a port from 1 to 65535', value);
  }
  return port as number;
}

/** A function; absent gives undefined. */
export function optFunction<T>(name: string, value: T): T | undefined {
  if (absent(value)) return undefined;
  if (typeof value !== 'function') throw wrong(name, 'a function', value);
  return value;
}

// Old libraries add a toJSON to arrays, strings and numbers that turns them into text.
function asItIs(this: any, key: string, value: unknown): unknown {
  const own = this[key];
  return typeof own !== 'object' || Array.isArray(own) ? own : value;
}

/**
 * The JSON of a value that a page has passed. Half a surrogate pair has no UTF-8 form and
 * becomes U+FFFD, as it does in a WebSocket (WHATWG Encoding, `USVString`).
 */
export function toJSON(value: unknown): string {
  let json: string;
  try {
    json = JSON.stringify(value, asItIs);
  } catch (thrown) {
    throw new ParleyError('400 bad-argument', `an argument cannot be written as JSON: ${reason(thrown)}`);
  }
  return json.includes('\\ud') ? json.replace(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (part) => (part === '\\\\' ? part : '\ufffd')) : json;
}
