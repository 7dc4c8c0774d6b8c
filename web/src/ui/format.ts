// Errors, times, names and sizes as text.

import type { ParleyError, User } from '../../index';
import { now } from './icf';

/** The detail of an error, or else its message, as a sentence for the user. */
export function errorText(error: unknown): string {
  return capital(error instanceof Error ? (error as Partial<ParleyError>).detail || error.message : String(error));
}

/** A text with its first letter large, where the script has such. */
function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Makes a formatter for a language when it is first needed, since that takes milliseconds; undefined is the browser's own. */
export function each<T>(make: (locale: string | undefined) => T): (locale: string | undefined) => T {
  const made = new Map<string | undefined, T>();
  return (locale) => {
    if (!made.has(locale)) made.set(locale, make(locale));
    return made.get(locale)!;
  };
}

const dates = (options: Intl.DateTimeFormatOptions) => each((locale) => new Intl.DateTimeFormat(locale, options));

// Marked as pure, so that the bundle of a page that does not use them leaves them out.
const clock = /* @__PURE__ */ dates({ hour: '2-digit', minute: '2-digit' });
const dayAndClock = /* @__PURE__ */ dates({ day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** Hour and minute, with the day unless it is today. `time` in milliseconds. */
export function timeText(time: number, locale?: string): string {
  return (onOneDay(time, now()) ? clock : dayAndClock)(locale).format(time);
}

/** Hour and minute. `time` in milliseconds. */
export function clockText(time: number, locale?: string): string {
  return clock(locale).format(time);
}

const moment = /* @__PURE__ */ dates({ dateStyle: 'full', timeStyle: 'medium' });

/** The whole date and time. `time` in milliseconds. */
export function momentText(time: number, locale?: string): string {
  return moment(locale).format(time);
}

const day = /* @__PURE__ */ dates({ weekday: 'long', day: 'numeric', month: 'long' });
const dayOfYear = /* @__PURE__ */ dates({ dateStyle: 'long' });
const near = /* @__PURE__ */ each((locale) => new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }));

/** The day of a time, for the line above its messages: `Today`, `Yesterday`, or the date, with the year unless it is this one. */
export function dayText(time: number, locale?: string): string {
  const today = new Date(now());
  for (const ago of [0, 1]) {
    const then = new Date(today.getFullYear(), today.getMonth(), today.getDate() - ago);
    if (onOneDay(time, then.getTime())) return capital(near(locale).format(-ago, 'day'));
  }
  return (new Date(time).getFullYear() === today.getFullYear() ? day : dayOfYear)(locale).format(time);
}

/** Whether two times are on one day, here where the reader is. In milliseconds. */
export function onOneDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/**
 * Whether a line with the day stands above a message: the day is another one than that of the message above, or, for the
 * first message, is not today. Times in milliseconds.
 */
export function beginsDay(time: number, before = now()): boolean {
  return !onOneDay(before, time);
}

/** Messages of one sender within this time stand together. */
const runMs = 300_000;

/** Whether a message stands together with the one before it of the same sender. Times in milliseconds. */
export function inOneRun(before: number, time: number): boolean {
  return time - before < runMs && onOneDay(before, time);
}

/** The name to show for a user, '' if there is none. */
export function nameOf(user: Partial<User> | undefined): string {
  return user?.nickname || user?.name || '';
}

const number = /* @__PURE__ */ each((locale) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }));
const count = /* @__PURE__ */ each((locale) => new Intl.NumberFormat(locale, { style: 'unit', unit: 'byte', unitDisplay: 'long' }));

/** A size in bytes, such as `2.5 MB`. */
export function sizeText(bytes: number, locale?: string): string {
  if (bytes < 1024) return count(locale).format(bytes);
  if (bytes < 1 << 20) return `${number(locale).format(bytes / 1024)} KB`;
  return `${number(locale).format(bytes / (1 << 20))} MB`;
}
