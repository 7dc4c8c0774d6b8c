// Errors, times, names and sizes as text.

import type { ParleyError, User } from '../../index';

/** The detail of an error, or else its message, as a sentence for the user. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? (error as Partial<ParleyError>).detail || error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// Marked as pure, so that the bundle of a page that does not use them leaves them out.
const clock = /* @__PURE__ */ new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndClock = /* @__PURE__ */ new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

/** Hour and minute, with the day unless it is today. `time` in milliseconds. */
export function timeText(time: number): string {
  return (onOneDay(time, ICF.Parley.now()) ? clock : dayAndClock).format(time);
}

/** Hour and minute. `time` in milliseconds. */
export function clockText(time: number): string {
  return clock.format(time);
}

const moment = /* @__PURE__ */ new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

/** The whole date and time. `time` in milliseconds. */
export function momentText(time: number): string {
  return moment.format(time);
}

const day = /* @__PURE__ */ new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const dayOfYear = /* @__PURE__ */ new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

/** The day of a time, for the line above its messages: `Today`, `Yesterday`, or the date, with the year unless it is this one. */
export function dayText(time: number): string {
  const now = new Date(ICF.Parley.now());
  if (onOneDay(time, now.getTime())) return 'Today';
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (onOneDay(time, yesterday.getTime())) return 'Yesterday';
  return (new Date(time).getFullYear() === now.getFullYear() ? day : dayOfYear).format(time);
}

/** Whether two times are on one day, here where the reader is. In milliseconds. */
export function onOneDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/**
 * Whether a line with the day stands above a message: the day is another one than that of the message above, or, for the
 * first message, is not today. Times in milliseconds.
 */
export function beginsDay(time: number, before = ICF.Parley.now()): boolean {
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

const number = /* @__PURE__ */ new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** A size in bytes, such as `2.5 MB`. */
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1 << 20) return `${number.format(bytes / 1024)} KB`;
  return `${number.format(bytes / (1 << 20))} MB`;
}

/** How long something has lasted. `since` in unix seconds. */
export function sinceText(since: number): string {
  return durationText(ICF.Parley.now() / 1000 - since);
}

/** A time in seconds, such as `2 min`. */
export function durationText(time: number): string {
  const seconds = Math.max(0, Math.floor(time));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
