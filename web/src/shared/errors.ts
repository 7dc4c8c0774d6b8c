// The one kind of Error that the interface gives, and how a page's own
// exceptions are told without stopping us.

// What an error quotes may be of any length.
const longest = 1000;

/** An error with the code that names its kind, in both shapes that callers read. */
export class ParleyError extends Error {
  readonly code: number;
  readonly error: { readonly code: number; readonly message: string };

  constructor(code: number, message: string) {
    if (message.length > longest) message = `${message.slice(0, longest)}…`;
    super(message);
    this.name = 'ParleyError';
    this.code = code;
    this.error = { code, message };
  }
}

/** The text of anything that can be thrown. */
export function reason(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown);
  } catch {
    return 'what was thrown cannot be read';
  }
}

/** The error of a call whose arguments the page's own code would not let us read. */
export const refused = (thrown: unknown): ParleyError =>
  thrown instanceof ParleyError ? thrown : new ParleyError(400, `an argument cannot be read: ${reason(thrown)}`);

/** Runs what reads a page's objects, whose getters can throw anything. */
export async function guarded<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    throw refused(thrown);
  }
}

/** Tells the page about an exception in its own handler, as an uncaught one would be told. */
export function report(thrown: unknown): void {
  if (typeof reportError === 'function') reportError(thrown);
  else console.error(thrown);
}
