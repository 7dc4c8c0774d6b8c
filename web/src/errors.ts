// The one kind of Error that the interface gives, and how a page's own
// exceptions are told without stopping us.

/** An error with the code that names its kind, in both shapes that callers read. */
export class ParleyError extends Error {
  readonly code: number;
  readonly error: { readonly code: number; readonly message: string };

  constructor(code: number, message: string) {
    super(message);
    this.name = 'ParleyError';
    this.code = code;
    this.error = { code, message };
  }
}

/** The text of anything that can be thrown. */
export const reason = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);

/** Tells the page about an exception in its own handler, as an uncaught one would be told. */
export function report(thrown: unknown): void {
  if (typeof reportError === 'function') reportError(thrown);
  else console.error(thrown);
}
