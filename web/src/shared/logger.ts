// The one way of all that Parley writes to the console, or to the logger that the page sets.

import type * as Public from '../../index';

/** Where it goes. A logger may lack levels that the page does not want. */
export const log: { to: Partial<Public.Logger> } = { to: console };

/** Writes at a level. What a logger of the page throws goes to the console, and no further. */
export function write(level: keyof Public.Logger, ...what: unknown[]): void {
  try {
    log.to[level]?.(...what);
  } catch (thrown) {
    console.error(thrown);
  }
}
