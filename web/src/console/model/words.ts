// Small texts: errors, times, names.

import type { User } from '../../../index';

/** What went wrong, as a sentence for the agent. */
export function words(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });

/** The hour and minute; with the day if it is not today. `time` in milliseconds. */
export function timeText(time: number): string {
  const today = new Date(time).toDateString() === new Date().toDateString();
  return (today ? clock : dayAndClock).format(time);
}

/** The name to show for a user, '' if there is none. */
export function nameOf(user: Partial<User> | undefined): string {
  return user?.nickname || user?.name || '';
}
