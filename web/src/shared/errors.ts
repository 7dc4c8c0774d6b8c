// The one kind of Error of the interface, and how exceptions of the page's own code are reported.

import { write } from './logger';

// In characters: what a message quotes may have any length.
const longest = 1000;

/**
 * An error with a code, in both forms that pages read: `code` and `error.code`; and with a reason, a name that never
 * changes. The constructor takes both as one text, such as `410 chat-closed`; core/wire/advice says what to do about each.
 */
export class ParleyError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly error: { readonly code: number; readonly message: string };

  declare readonly detail?: string;
  /** The server alone names one: what reads its errors sets it. */
  declare field?: string;

  constructor(why: string, message: string, detail?: string) {
    if (message.length > longest) message = `${message.slice(0, longest)}…`;
    super(message);
    this.name = 'ParleyError';
    const code = (this.code = parseInt(why, 10));
    this.reason = why.slice(4);
    this.error = { code, message };
    if (detail) this.detail = detail;
  }
}

/** The message of anything that can be thrown. */
export function reason(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'the exception cannot be read';
  }
}

/** Why a request brought no answer. The browser says little, so that pages cannot spy; this says what it can be. */
export const unanswered = (thrown: unknown): string => `${reason(thrown)} (network, CORS or an extension)`;

/** The error of a call whose arguments cannot be read, because a getter of the page threw. */
export const refused = (thrown: unknown): ParleyError =>
  thrown instanceof ParleyError ? thrown : new ParleyError('400 bad-argument', `an argument cannot be read: ${reason(thrown)}`);

/** Runs code that reads objects of the page, whose getters can throw anything. */
export async function guarded<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    throw refused(thrown);
  }
}

/** Reports an exception of the page's own code in the way of an uncaught one. */
export function report(thrown: unknown): void {
  if (typeof reportError === 'function') reportError(thrown);
  else write('error', thrown);
}
