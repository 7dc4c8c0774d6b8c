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
  const today = new Date(time).toDateString() === new Date().toDateString();
  return (today ? clock : dayAndClock).format(time);
}

/** Messages of one sender within this time stand together. */
const runMs = 300_000;

/** Whether a message stands together with the one before it of the same sender. Times in milliseconds. */
export function inOneRun(before: number, time: number): boolean {
  return time - before < runMs;
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
  return durationText(Date.now() / 1000 - since);
}

/** A time in seconds, such as `2 min`. */
export function durationText(time: number): string {
  const seconds = Math.max(0, Math.floor(time));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
